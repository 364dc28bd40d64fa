import 'dogmonitor-client/overlay-worker';
