/** A text as an SQL literal. */
export const sqlText = (value: string): string => `'${value.replaceAll("'", "''")}'`;

/** A column's or table's name as an SQL identifier. */
export const sqlName = (value: string): string => `"${value.replaceAll('"', '""')}"`;
