import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig, printableConfig } from './config.ts';
import { canonicalPath, servedUri } from './served-path.ts';
import { storeOptions } from './store-options.ts';

const paths = { serve: { paths: ['/data', 's3://bucket/a b', 'https://host/x.h5/'], read: ['s3://other'] } };
const keys = { AWS_ACCESS_KEY_ID: 'id', AWS_SECRET_ACCESS_KEY: 'never-shown', AWS_SESSION_TOKEN: 'token' };

describe('paths to serve', () => {
  it('are files, S3 locations with their keys as they are, or addresses', () => {
    expect(servedUri('/a b')).toBe('file:///a%20b');
    expect(servedUri('s3://bucket/a%20b/#1/')).toBe('s3://bucket/a%2520b/%231');
    expect(servedUri('HTTP://Host:80/a b.h5')).toBe('http://host/a%20b.h5');
    expect(canonicalPath('/a/../b')).toBe('/b');
  });

  it.each(['ftp://host/x', 's3://', 's3:///key', 'https://user:pass@host/x', 'https://host/x?signature=1'])('are not %s', (path) => {
    expect(() => servedUri(path)).toThrow(expect.objectContaining({ code: 'invalid_argument' }));
  });
});

describe('storeOptions', () => {
  it('sorts paths by where they lie', () => {
    expect(storeOptions(loadConfig(paths, undefined, keys))).toEqual({
      roots: ['/data'],
      s3: { roots: ['s3://bucket/a%20b', 's3://other'], region: 'us-east-1', credentials: { accessKeyId: 'id', secretAccessKey: 'never-shown', sessionToken: 'token' }, maxConnections: 64, timeoutMs: 20_000, retry: { attempts: 5 } },
      http: { roots: ['https://host/x.h5'], maxConnections: 64, timeoutMs: 20_000, retry: { attempts: 5 } },
    });
    expect(storeOptions(loadConfig({ serve: { paths: ['/data'] } }, undefined, keys))).toEqual({ roots: ['/data'] });
  });

  it('asks for credentials where bytes are read, unless requests are not signed', () => {
    expect(() => storeOptions(loadConfig(paths, undefined, {}))).toThrow(/storage\.s3\.accessKeyId/);
    expect(storeOptions(loadConfig({ ...paths, roles: ['gateway'] }, undefined, {}))).toEqual({ roots: ['/data'] });
    expect(storeOptions(loadConfig(paths, undefined, { TESSERA_STORAGE__S3__ANONYMOUS: 'true', ...keys })).s3).not.toHaveProperty('credentials');
  });

  it('takes credentials from one place, and secrets from files', () => {
    const file = join(mkdtempSync(join(tmpdir(), 'tessera-options-')), 'secret');
    writeFileSync(file, 'from-a-file\n');
    const environment = { ...keys, AWS_REGION: 'eu-west-1', AWS_ENDPOINT_URL: 'http://a', AWS_ENDPOINT_URL_S3: 'http://b', TESSERA_STORAGE__S3__ACCESS_KEY_ID: 'own', TESSERA_STORAGE__S3__SECRET_ACCESS_KEY_FILE: file };
    const config = loadConfig(paths, undefined, environment);
    expect(storeOptions(config).s3).toMatchObject({ region: 'eu-west-1', endpoint: 'http://b' });
    expect(storeOptions(config).s3!.credentials).toEqual({ accessKeyId: 'own', secretAccessKey: 'from-a-file' });
    expect(JSON.stringify(printableConfig(config))).not.toMatch(/from-a-file|never-shown|"own"/);
  });

  it('hands on authorities from PEM or a file of it, and says what is neither', () => {
    const pem = '-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n';
    const file = join(mkdtempSync(join(tmpdir(), 'tessera-options-')), 'ca.pem');
    writeFileSync(file, pem);
    const options = (certificateAuthorities: string) => storeOptions(loadConfig({ ...paths, storage: { remote: { certificateAuthorities } } }, undefined, keys));
    for (const value of [pem, file]) {
      expect(options(value).http).toMatchObject({ certificateAuthorities: pem });
      expect(options(value).s3).toMatchObject({ certificateAuthorities: pem });
    }
    writeFileSync(file, 'none');
    for (const value of [file, `${file}/absent`]) expect(() => options(value)).toThrow(/^storage\.remote\.certificateAuthorities is neither PEM nor the path of a file of it/);
  });

  it('refuses an endpoint that is none', () => {
    expect(() => loadConfig({}, undefined, { TESSERA_STORAGE__S3__ENDPOINT: 'localhost:9000' })).toThrow(/storage\.s3\.endpoint/);
  });
});
