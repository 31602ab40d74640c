/** What stands before the first wildcard, up to and with its last slash: where listing begins. */
export function fixedPart(glob: string): string {
  const wildcard = glob.search(/[*?]/);
  return glob.slice(0, glob.lastIndexOf('/', wildcard < 0 ? undefined : wildcard) + 1);
}

/** `*` any characters but a slash, `**` any folders, `?` one character. */
export function globPattern(glob: string): RegExp {
  const pattern = glob.replace(/\*\*\/|\*\*|\*|\?|[^*?]+/g, (part) => WILDCARDS[part] ?? part.replace(/[.+^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${pattern}$`);
}

const WILDCARDS: Record<string, string> = { '**/': '(?:.*/)?', '**': '.*', '*': '[^/]*', '?': '[^/]' };
