/**
 * Ends the program in one sentence when this Node is too old for the project. Import it first:
 * modules are evaluated in the order of their imports, so nothing newer has run by then.
 */

/**
 * @param {string} version as in process.version
 * @returns {string | null} what is wrong with that version, or null. The bounds are Vite 8's own `engines`.
 */
export function nodeProblem(version) {
  const [major, minor] = version.replace(/^v/, '').split('.').map(Number);
  const fits = major === 20 ? minor >= 19 : major === 22 ? minor >= 12 : major > 22;
  if (fits) return null;
  return `BiT Lens needs Node.js 20.19 or newer (of the 22 line, 22.12 or newer); this is ${version}. Get a newer one at https://nodejs.org.`;
}

const problem = nodeProblem(process.version);
if (problem !== null) {
  console.error(problem);
  process.exit(1);
}
