declare module 'virtual:program-types' {
  /** Declarations by their path in the checker's file system. */
  const files: Record<string, string>;
  export default files;
}

declare module 'virtual:build-facts' {
  export const coreVersion: string;
  export const typescriptVersion: string;
  export const methods: string[];
  export const shapes: Record<string, string[]>;
}
