/** A piece of HTML or SVG that is safe to put into a page. */
export interface Markup {
  readonly markup: string;
}

type Part = Markup | string | number | null | Part[];

/** Builds markup; everything put in that is not markup itself is escaped, so no text from data can become a tag. Null is nothing. */
export function html(strings: TemplateStringsArray, ...parts: Part[]): Markup {
  return { markup: strings.map((text, i) => text + (i < parts.length ? rendered(parts[i]!) : '')).join('') };
}

function rendered(part: Part): string {
  if (part === null) return '';
  if (Array.isArray(part)) return part.map(rendered).join('');
  return typeof part === 'object' ? part.markup : String(part).replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
