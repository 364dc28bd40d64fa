import { useEffect, useState } from 'react';

/** What the guide's page uses where there is no client: the usual hook, which keeps and renders every message. */
export function useWebSocket(url: string): { messages: unknown[]; isConnected: boolean } {
  const [messages, setMessages] = useState<unknown[]>([]);
  const [isConnected, setIsConnected] = useState(false);

  useEffect(() => {
    const socket = new WebSocket(url);
    socket.onopen = () => setIsConnected(true);
    socket.onclose = () => setIsConnected(false);
    socket.onmessage = (event: MessageEvent<string>) =>
      setMessages((previous) => [...previous, JSON.parse(event.data) as unknown]);

    return () => socket.close();
  }, [url]);

  return { messages, isConnected };
}
