import { useWebSocket } from 'dogmonitor-client/react';

export function App() {
  const { messages, isConnected } = useWebSocket('ws://localhost:8000/ws/ui');

  return (
    <div>
      <p>{isConnected ? 'Connected' : 'Disconnected'}</p>
      {messages.map((message, index) => (
        <pre key={index}>{JSON.stringify(message)}</pre>
      ))}
    </div>
  );
}
