import { connect, type Socket } from 'node:net';

/** A keep-alive connection that posts, one request at a time. It reads the status and the length of an answer only. */
export class PostConnection {
  isBusy = false;
  private readonly socket: Socket;
  private input = '';
  private onAnswer: ((status: number) => void) | undefined;

  constructor(port: number) {
    this.socket = connect({ port, host: '127.0.0.1', noDelay: true });
    this.socket.setEncoding('latin1');
    this.socket.on('data', (chunk: string) => this.handleData(chunk));
    this.socket.on('error', () => undefined);
    this.socket.on('close', () => this.finish(0));
  }

  /** Posts a JSON body. `onAnswer` gets the status; 0 when the connection broke. */
  post(path: string, body: string, onAnswer: (status: number) => void): void {
    this.isBusy = true;
    this.onAnswer = onAnswer;
    if (this.socket.destroyed) {
      setImmediate(() => this.finish(0));
      return;
    }

    this.socket.write(
      `POST ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    );
  }

  close(): void {
    this.onAnswer = undefined;
    this.socket.destroy();
  }

  private handleData(chunk: string): void {
    this.input += chunk;
    const head = this.input.indexOf('\r\n\r\n');
    if (head < 0) return;

    const length = Number(/content-length: (\d+)/i.exec(this.input)?.[1] ?? 0);
    if (this.input.length < head + 4 + length) return;

    const status = Number(this.input.slice(9, 12));
    this.input = '';
    this.finish(status);
  }

  private finish(status: number): void {
    const { onAnswer } = this;
    this.isBusy = false;
    this.onAnswer = undefined;
    onAnswer?.(status);
  }
}
