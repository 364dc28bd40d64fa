/** Calls back with the body of the request, parsed. */
export function readJson(request, handle) {
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => handle(JSON.parse(Buffer.concat(chunks).toString())));
}
