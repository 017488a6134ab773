// Manual pages, read as a person sees them.

/** The literal blocks of a page, as they are shown. */
export function plainBlocks(page: string): readonly string[] {
  return [...page.matchAll(/^\.EX\n([^]*?)^\.EE$/gm)].map(([, block = '']) => plain(block));
}

const signs: Readonly<Record<string, string>> = {
  '\\-': '-',
  '\\(aq': "'",
  '\\(ga': '`',
  '\\(dq': '"',
  '\\(ti': '~',
  '\\(ha': '^',
  '\\e': '\\',
  '\\&': '',
};

/** What roff makes of a literal text. */
function plain(block: string): string {
  return block.replaceAll(/\\(?:\(..|.)/g, (sign) => signs[sign] ?? sign);
}
