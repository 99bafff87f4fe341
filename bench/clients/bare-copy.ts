/**
 * Copies numbered objects by signed CopyObject requests and nothing else: no listing, no plan, no journal, no retries. What a
 * restore is held against: node bare-copy.ts ENDPOINT FROM TO COUNT IN_FLIGHT
 */
import http from 'node:http';
import { Signer } from '../../src/s3/sigv4.ts';
import { restoreKey } from '../restore-key.ts';

const [endpoint = '', from = '', to = '', count = '0', inFlight = '64'] = process.argv.slice(2);
const { hostname, port, host } = new URL(endpoint);
const agent = new http.Agent({ keepAlive: true });
const signer = new Signer('us-east-1');
const credentials = { accessKeyId: 'test', secretAccessKey: 'testsecret' };

function copy(key: string): Promise<void> {
  const path = `/${to}/${key}`;
  const headers: Record<string, string> = { host, 'x-amz-copy-source': `${from}/${key}` };
  signer.sign({ method: 'PUT', path }, headers, credentials, Date.now());
  const options = {
    hostname,
    port,
    path,
    method: 'PUT',
    agent,
    headers: { ...headers, 'content-length': '0' },
  };
  return new Promise((resolve, reject) => {
    const request = http.request(options, (response) => {
      response.resume();
      response.on('end', () => {
        if (response.statusCode === 200) resolve();
        else reject(new Error(`${key}: ${response.statusCode}`));
      });
    });
    request.on('error', reject);
    request.end();
  });
}

let next = 0;
const worker = async (): Promise<void> => {
  while (next < Number(count)) await copy(restoreKey(next++));
};
await Promise.all(Array.from({ length: Number(inFlight) }, worker));
agent.destroy();
