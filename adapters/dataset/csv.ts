import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { writeDurably } from '../durable-files.ts';

type Cell = number | string | null;

/** Writes a CSV file (RFC 4180) with a header; the file appears whole or not at all. Null is an empty field. */
export async function writeCsv(path: string, header: string[], rows: readonly (readonly Cell[])[]): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeDurably(path, [header, ...rows].map((row) => row.map(quoted).join(',') + '\n').join(''));
}

function quoted(cell: Cell): string {
  if (cell === null) return '';
  const text = String(cell);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
