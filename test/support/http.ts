export interface Answer {
  status: number;
  body: Record<string, unknown>;
}

/** The four routes of the guide, with the body of its table each. */
export const GUIDE_BODIES = {
  '/api/events/broadcast': { event_type: 'test_event', data: { message: 'Hello WebSocket' } },
  '/api/events/broadcast/action': { action: 'sit', confidence: 0.95, metadata: { duration: 5.2 } },
  '/api/events/broadcast/overlay': {
    overlay_type: 'detection',
    data: { boxes: [{ x: 100, y: 150, w: 200, h: 300, label: 'dog', confidence: 0.95 }] },
  },
  '/api/events/broadcast/telemetry': { data: { fps: 30, latency_ms: 120, temperature: 45.5, battery: 85 } },
} as const;

/** POSTs JSON; a string or buffer goes as it is. */
export async function post(
  url: string,
  body: unknown,
  headers: Record<string, string> = { 'content-type': 'application/json' },
): Promise<Answer> {
  const raw = typeof body === 'string' ? body : Buffer.isBuffer(body) ? new Uint8Array(body) : JSON.stringify(body);
  const response = await fetch(url, { method: 'POST', headers, body: raw });

  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

export async function get(url: string): Promise<Answer> {
  const response = await fetch(url);

  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}
