"""The model that needs no key: rules that write the same Python and TypeScript as a real one."""
