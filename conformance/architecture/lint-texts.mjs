// Lints texts as if they were files: [{ filePath, text }] on stdin, [[{ ruleId, severity, message }]] on stdout.
// A process of its own, because ESLint and Nx load their plug-ins by means that a test's sandbox does not have.
import { text } from 'node:stream/consumers';
import { ESLint } from 'eslint';

const cases = JSON.parse(await text(process.stdin));
const eslint = new ESLint();
const results = [];
for (const { filePath, text: code } of cases) {
  const [{ messages }] = await eslint.lintText(code, { filePath });
  results.push(messages.map(({ ruleId, severity, message }) => ({ ruleId, severity, message })));
}
process.stdout.write(JSON.stringify(results));
