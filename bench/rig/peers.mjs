// What Tessera is measured beside: nginx serving the same files, and the least that Node can do.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort, startProcess, untilAnswers } from './processes.mjs';

/** nginx over the files of a folder, as one process, which may read what we may. */
export async function startNginx(nginx, folder, files) {
  const port = await freePort();
  for (const name of ['body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']) mkdirSync(join(folder, 'nginx', name), { recursive: true });
  const at = (name) => join(folder, 'nginx', name);
  writeFileSync(at('nginx.conf'), `
    daemon off; master_process off; worker_processes 1; pid ${at('pid')}; error_log stderr;
    events { worker_connections 256; }
    http {
      access_log off; sendfile on; keepalive_requests 1000000;
      client_body_temp_path ${at('body')}; proxy_temp_path ${at('proxy')}; fastcgi_temp_path ${at('fastcgi')};
      uwsgi_temp_path ${at('uwsgi')}; scgi_temp_path ${at('scgi')};
      server { listen 127.0.0.1:${port}; root ${files}; }
    }`);
  const server = startProcess(nginx, ['-c', at('nginx.conf'), '-p', folder, '-e', 'stderr']);
  const origin = `http://127.0.0.1:${port}`;
  await untilAnswers(`${origin}/image/.zarray`, server);
  return { ...server, origin };
}

/** `node:http` that reads the file that a path names, and sends it: no router, no check. */
export async function startBareNode(files) {
  const port = await freePort();
  const program = `
    const { readFile } = require('node:fs');
    require('node:http').createServer((request, response) => {
      readFile(${JSON.stringify(files)} + request.url, (error, body) => {
        response.writeHead(error ? 404 : 200, { 'content-length': error ? 0 : body.length });
        response.end(body);
      });
    }).listen(${port}, '127.0.0.1');`;
  const server = startProcess(process.execPath, ['-e', program]);
  const origin = `http://127.0.0.1:${port}`;
  await untilAnswers(`${origin}/image/.zarray`, server);
  return { ...server, origin };
}
