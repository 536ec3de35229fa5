/** What the page and its type-checking worker say to each other. */
import type { Diagnostic } from '../../protocol';
import type { NamedAsset } from './ambient';

export interface CheckRequest {
  id: number;
  source: string;
  assets: readonly NamedAsset[];
}

export type CheckReply =
  | { id: number; diagnostics: Diagnostic[]; javascript: string }
  | { id: number; failure: string };
