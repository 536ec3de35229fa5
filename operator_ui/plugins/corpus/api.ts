/** What the extractor tells of core; the documentation index reads it as `core-api.json`. */

export interface CoreApi {
  coreVersion: string;
  mediabunnyVersion: string;
  /** Of the declaration files that all of this was read from, see `sha256Of`. */
  declarationsSha256: string;
  declarations: ApiDeclaration[];
}

export interface ApiDeclaration {
  name: string;
  kind: 'class' | 'mixin' | 'interface' | 'type' | 'function' | 'const';
  /** The declaration without its members: `class TextClip extends VisualMixin, Clip`. */
  heading: string;
  comment: string;
  members: ApiMember[];
  /** Names of the declarations that it takes more members from. */
  extends: string[];
  /** Inside its package's folder of declarations. */
  file: string;
  package: 'core' | 'mediabunny';
  /** False where a type is reached from a public one but not exported by core. */
  importable: boolean;
}

export interface ApiMember {
  /** Of an alternative of a union: the literal that tells it from the others. */
  name: string;
  kind: 'constructor' | 'property' | 'method' | 'alternative';
  signature: string;
  comment: string;
}
