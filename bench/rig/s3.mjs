// versitygw over a folder of objects, and files brought into it.
import { mkdirSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { encodeText, RequestSigner } from '../../libs/engines/storage/src/s3/sign-request.ts';
import { freePort, startProcess } from './processes.mjs';

const credentials = { accessKeyId: 'benchmark', secretAccessKey: 'benchmark-secret' };

/** Starts it with one bucket that holds the files of a folder. Resolves to the process, and `environment` for who reads. */
export async function startS3(versitygw, folder, files, bucket) {
  const objects = join(folder, 'objects');
  mkdirSync(objects);
  const port = await freePort();
  const server = startProcess(versitygw, ['--port', `127.0.0.1:${port}`, '--access', credentials.accessKeyId, '--secret', credentials.secretAccessKey, '--keep-alive', '--quiet', 'posix', objects]);
  const endpoint = `http://127.0.0.1:${port}`;
  const signer = new RequestSigner(credentials, 'us-east-1');
  const put = async (path, body) => {
    const headers = signer.sign({ method: 'PUT', host: `127.0.0.1:${port}`, path, query: {}, body });
    // It sets the same by itself.
    delete headers.host;
    const { status } = await fetch(endpoint + path, { method: 'PUT', headers, body });
    if (status !== 200) throw new Error(`PUT ${path}: status ${status}`);
  };
  await untilTaken(() => put(`/${bucket}`, new Uint8Array()), server);
  for (const entry of readdirSync(files, { recursive: true, withFileTypes: true }).filter((each) => each.isFile())) {
    const path = join(entry.parentPath, entry.name);
    await put(`/${bucket}/${path.slice(files.length + 1).split('/').map(encodeText).join('/')}`, readFileSync(path));
  }
  return { ...server, environment: { AWS_ACCESS_KEY_ID: credentials.accessKeyId, AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey, TESSERA_STORAGE__S3__ENDPOINT: endpoint } };
}

async function untilTaken(request, server) {
  while (!(await request().then(() => true, () => false))) {
    if (server.hasEnded()) throw new Error(`versitygw ended:\n${server.output().slice(-4000)}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
