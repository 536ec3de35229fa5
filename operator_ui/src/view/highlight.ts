export type TokenKind = 'comment' | 'string' | 'number' | 'keyword' | 'ambient' | 'call' | 'type' | 'plain';

export interface Token {
  readonly kind: TokenKind;
  readonly text: string;
}

const PATTERN =
  /(?<comment>\/\/[^\n]*|\/\*[\s\S]*?(?:\*\/|$))|(?<string>"(?:\\.|[^"\\\n])*"?|'(?:\\.|[^'\\\n])*'?|`(?:\\[\s\S]|[^`\\])*`?)|(?<number>\b\d[\d_]*(?:\.\d+)?(?:e[+-]?\d+)?\b)|(?<word>[\p{ID_Start}_$][\p{ID_Continue}$]*)|(?<plain>[^\p{ID_Start}_$"'`\d/]+|[\s\S])/giu;

const KEYWORDS = new Set(
  (
    'as async await break case catch class const continue default delete do else enum export extends false finally for ' +
    'from function if implements import in instanceof interface let new null of return satisfies static super switch ' +
    'this throw true try type typeof undefined var void while yield'
  ).split(' '),
);

/** What every program finds without declaring it. */
const AMBIENT = new Set(['core', 'composition', 'asset']);

/** The tokens of each line, for colour only: template literals count as plain strings. */
export function highlight(source: string): Token[][] {
  const lines: Token[][] = [[]];
  for (const match of source.matchAll(PATTERN)) {
    const kind = kindOf(match, source);
    match[0].split('\n').forEach((text, index) => {
      if (index > 0) lines.push([]);
      if (text !== '') lines.at(-1)?.push({ kind, text });
    });
  }
  return lines;
}

function kindOf(match: RegExpExecArray, source: string): TokenKind {
  const { comment, string, number, word } = match.groups ?? {};
  if (comment !== undefined) return 'comment';
  if (string !== undefined) return 'string';
  if (number !== undefined) return 'number';
  return word === undefined ? 'plain' : kindOfWord(word, source.charAt(match.index + word.length));
}

function kindOfWord(word: string, following: string): TokenKind {
  if (KEYWORDS.has(word)) return 'keyword';
  if (AMBIENT.has(word)) return 'ambient';
  if (/^\p{Lu}/u.test(word)) return 'type';
  return following === '(' ? 'call' : 'plain';
}
