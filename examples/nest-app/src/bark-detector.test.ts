import 'reflect-metadata';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Test } from '@nestjs/testing';
import { Broadcasts, HubTestingModule } from 'dogmonitor-hub/testing';
import { BarkDetector } from './bark-detector.js';

test('a bark is broadcast with its loudness', async () => {
  const module = await Test.createTestingModule({
    imports: [HubTestingModule.create()],
    providers: [BarkDetector],
  }).compile();
  await module.init();

  await module.get(BarkDetector).bark(90);

  const [message] = module.get(Broadcasts).messages;
  assert.equal(message?.event_type, 'bark');
  assert.deepEqual(message?.data['metadata'], { loudness: 90 });
  await module.close();
});
