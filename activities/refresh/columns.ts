import { sqlName } from '../../contracts/sql.ts';

/** A column's value in its declared type; NULL when it is not of that type. */
export const typed = (column: string, type: string): string => (type === 'VARCHAR' ? `${sqlName(column)}::VARCHAR` : `TRY_CAST(${sqlName(column)} AS ${type})`);

export const isMissing = (column: string): string => `${sqlName(column)} IS NULL`;

/**
 * Whether a value is there but not of its declared type. A bare TRY_CAST is too kind: it rounds 3.7 to the integer 4,
 * and makes NULL of a single bad element of a list. `3.0` passes as an integer: that is how exports write columns with gaps.
 */
export function isWrong(column: string, type: string): string {
  const value = typed(column, type);
  const unconverted = `${value} IS NULL`;
  const lost = type.endsWith('[]')
    ? `list_count(${value}) <> list_count(TRY_CAST(${sqlName(column)} AS VARCHAR[]))`
    : /^(BIG)?INT(EGER)?$/.test(type)
      ? `${value}::DOUBLE <> TRY_CAST(${sqlName(column)} AS DOUBLE)`
      : 'false';
  return `(${sqlName(column)} IS NOT NULL AND (${unconverted} OR ${lost}))`;
}
