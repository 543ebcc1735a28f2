/** Svelte 5 in runes mode; types are stripped by the compiler itself. */
export default { compilerOptions: { runes: true } };
