/** A frame as a VP8 encoder gives it. */
export interface EncodedFrame {
  data: Buffer;
  /** In ms from the start. */
  atMs: number;
  isKey: boolean;
}

/** IDs of the Matroska specification (RFC 9559). */
const ID = {
  ebml: '1a45dfa3',
  docType: '4282',
  docTypeVersion: '4287',
  docTypeReadVersion: '4285',
  segment: '18538067',
  info: '1549a966',
  timestampScale: '2ad7b1',
  duration: '4489',
  muxingApp: '4d80',
  writingApp: '5741',
  tracks: '1654ae6b',
  track: 'ae',
  trackNumber: 'd7',
  trackUid: '73c5',
  trackType: '83',
  codec: '86',
  video: 'e0',
  width: 'b0',
  height: 'ba',
  cues: '1c53bb6b',
  cuePoint: 'bb',
  cueTime: 'b3',
  cuePositions: 'b7',
  cueTrack: 'f7',
  cueCluster: 'f1',
  cluster: '1f43b675',
  timestamp: 'e7',
  block: 'a3',
} as const;

/**
 * Puts frames into a WebM file that a browser plays and seeks in: one cluster for each key frame, and cues to them. For
 * videos of a known content, of which no file needs to lie in the repository.
 */
export function webmOf(frames: readonly EncodedFrame[], width: number, height: number, durationMs: number): Buffer {
  const head = element(
    ID.ebml,
    text(ID.docType, 'webm'),
    number(ID.docTypeVersion, 4),
    number(ID.docTypeReadVersion, 2),
  );
  const info = element(
    ID.info,
    number(ID.timestampScale, 1_000_000),
    element(ID.duration, float(durationMs)),
    text(ID.muxingApp, 'test'),
    text(ID.writingApp, 'test'),
  );
  const tracks = element(
    ID.tracks,
    element(
      ID.track,
      number(ID.trackNumber, 1),
      number(ID.trackUid, 1),
      number(ID.trackType, 1),
      text(ID.codec, 'V_VP8'),
      element(ID.video, number(ID.width, width), number(ID.height, height)),
    ),
  );

  const clusters = clustersOf(frames);
  // The cues say where the clusters are, and stand before them; every number in them has the same length.
  const cuesLength = cuesOf(clusters, 0).length;
  const cues = cuesOf(clusters, info.length + tracks.length + cuesLength);

  return Buffer.concat([head, element(ID.segment, info, tracks, cues, ...clusters.map(({ bytes }) => bytes))]);
}

interface Cluster {
  atMs: number;
  bytes: Buffer;
}

function clustersOf(frames: readonly EncodedFrame[]): Cluster[] {
  const groups: EncodedFrame[][] = [];
  for (const frame of frames) {
    if (frame.isKey) groups.push([]);
    groups.at(-1)?.push(frame);
  }

  return groups.map((group) => {
    const atMs = group[0]?.atMs ?? 0;

    return {
      atMs,
      bytes: element(ID.cluster, number(ID.timestamp, atMs), ...group.map((frame) => block(frame, atMs))),
    };
  });
}

function block({ data, atMs, isKey }: EncodedFrame, clusterMs: number): Buffer {
  const head = Buffer.alloc(4);
  head.writeUInt8(0x81, 0);
  head.writeInt16BE(atMs - clusterMs, 1);
  head.writeUInt8(isKey ? 0x80 : 0, 3);

  return element(ID.block, head, data);
}

function cuesOf(clusters: readonly Cluster[], offset: number): Buffer {
  let at = offset;
  const points = clusters.map(({ atMs, bytes }) => {
    const positions = element(ID.cuePositions, number(ID.cueTrack, 1), number(ID.cueCluster, at));
    at += bytes.length;

    return element(ID.cuePoint, number(ID.cueTime, atMs), positions);
  });

  return element(ID.cues, ...points);
}

function element(id: string, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const size = Buffer.alloc(8);
  size.writeBigUInt64BE((1n << 56n) | BigInt(content.length));

  return Buffer.concat([Buffer.from(id, 'hex'), size, content]);
}

function number(id: string, value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);

  return element(id, bytes);
}

function float(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleBE(value);

  return bytes;
}

function text(id: string, value: string): Buffer {
  return element(id, Buffer.from(value));
}
