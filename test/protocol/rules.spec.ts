import 'reflect-metadata';
import { describe, expect, it } from '@jest/globals';
import { Type } from 'class-transformer';
import { IsEmail, ValidateNested, validateSync } from 'class-validator';
import fc from 'fast-check';
import { HubError } from '../../src/protocol/errors.js';
import { parseClientMessage } from '../../src/protocol/client-message.js';
import type { MessageDraft } from '../../src/protocol/messages.js';
import { dataRule, isJsonObject, messageViolations } from '../../src/protocol/rules.js';
import { ActionDto } from '../../src/http/dto/action.dto.js';
import { BroadcastDto } from '../../src/http/dto/broadcast.dto.js';
import { DtoPipe } from '../../src/http/dto/dto.pipe.js';
import { compileDto } from '../../src/http/dto/rules.js';
import { OverlayDto } from '../../src/http/dto/overlay.dto.js';
import { TelemetryDto } from '../../src/http/dto/telemetry.dto.js';

/** Values a hostile or broken producer sends: close to right, so that every rule is reached. */
const name = fc.oneof(fc.constantFrom('sit', 'detection', 'event', 'overlay', 'telemetry', 'pong', ''), fc.anything());
const number = fc.oneof(fc.double(), fc.constantFrom(0, 1, -1, NaN, Infinity, '1', null, undefined));
const box = fc.record(
  { x: number, y: number, w: number, h: number, label: name, confidence: number },
  { requiredKeys: [] },
);
const data = fc.oneof(
  fc.record({ boxes: fc.oneof(fc.array(box, { maxLength: 3 }), fc.anything()) }, { requiredKeys: [] }),
  fc.anything({ maxDepth: 4, withNullPrototype: true, withObjectString: true, withSparseArray: true }),
);
const body = fc.oneof(
  fc.record(
    {
      event_type: name,
      overlay_type: name,
      action: name,
      confidence: number,
      metadata: data,
      timestamp: fc.oneof(fc.date().map(String), fc.constant('2025-10-24T10:30:00Z'), fc.anything()),
      data,
      source: name,
      constructor: fc.anything(),
    },
    { requiredKeys: [] },
  ),
  fc.jsonValue(),
  fc.anything(),
);

const goodBody = fc.oneof(
  fc.record({ event_type: fc.constant('x'), data: fc.dictionary(fc.string(), fc.jsonValue()) }),
  fc.record({ action: fc.constant('sit'), confidence: fc.double({ min: 0, max: 1, noNaN: true }), source: name }),
  fc.record({ overlay_type: fc.constant('zone'), data: fc.record({ boxes: fc.array(box, { maxLength: 3 }) }) }),
  fc.record({ data: fc.dictionary(fc.string(), fc.jsonValue()) }),
);

describe('the DTOs', () => {
  it('pass a body on as it is, or name its broken fields, for 10,000 random bodies', () => {
    const pipes = [BroadcastDto, ActionDto, OverlayDto, TelemetryDto].map((Dto) => new DtoPipe<object>(Dto));

    fc.assert(
      fc.property(body, fc.constantFrom(...pipes), (given, pipe) => {
        try {
          expect(pipe.transform(given)).toBe(given);
        } catch (error) {
          if (!(error instanceof HubError)) throw error;
          expect(error.code).toBe('INVALID_MESSAGE');
          expect(error.violations.length).toBeGreaterThan(0);
          for (const { field, rule, message } of error.violations) {
            expect(rule).toMatch(/^\w+$/);
            expect(message.startsWith(field)).toBe(true);
          }
        }
      }),
      { numRuns: 10_000 },
    );
  });
});

describe('compileDto', () => {
  it('decides as class-validator does, for 10,000 random bodies', () => {
    const compiled = [BroadcastDto, ActionDto, OverlayDto, TelemetryDto].map((Dto) => ({
      Dto,
      isValid: compileDto(Dto),
    }));
    const outcomes = new Set<boolean>();

    fc.assert(
      fc.property(fc.oneof(body, goodBody), fc.constantFrom(...compiled), (given, { Dto, isValid }) => {
        if (!isJsonObject(given) || Object.keys(given).some((key) => key in Object.prototype)) return;

        const errors = validateSync(Object.assign(new Dto(), given), { whitelist: true, forbidNonWhitelisted: true });
        expect(isValid?.(given)).toBe(errors.length === 0);
        outcomes.add(errors.length === 0);
      }),
      { numRuns: 10_000 },
    );
    expect(outcomes.size).toBe(2);
  });

  it('lets nothing through that the message it becomes would be refused for, for 10,000 random bodies', () => {
    const types = { event: BroadcastDto, overlay: OverlayDto, telemetry: TelemetryDto };
    const compiled = Object.entries(types).map(([type, Dto]) => ({ type, isValid: compileDto(Dto) }));
    const passed = new Set<string>();
    const source = fc.oneof(fc.constantFrom('cam-1', null, ''), fc.string());

    fc.assert(
      fc.property(
        fc.oneof(body, goodBody),
        source,
        fc.constantFrom(...compiled),
        (given, source, { type, isValid }) => {
          if (!isJsonObject(given)) return;
          const withSource = { ...given, source };
          for (const each of [given, withSource]) {
            if (!isValid?.(each)) continue;
            expect(messageViolations({ ...each, type } as unknown as MessageDraft)).toEqual([]);
            passed.add(type);
          }
        },
      ),
      { numRuns: 10_000 },
    );
    expect(passed.size).toBe(3);
  });

  it('leaves a DTO with any other decorator to class-validator, which names its rule', () => {
    class Collar {
      @IsEmail()
      owner!: string;
    }
    class StrangerDto {
      @ValidateNested()
      @Type(() => Collar)
      collar!: Collar;
    }
    const pipe = new DtoPipe(StrangerDto);

    expect(compileDto(StrangerDto)).toBeUndefined();
    expect(pipe.transform({ collar: { owner: 'a@kennel.example' } }).collar).toBeInstanceOf(Collar);
    expect(() => pipe.transform({ collar: { owner: 'nobody' }, more: 1 })).toThrow(
      expect.objectContaining({
        code: 'INVALID_MESSAGE',
        violations: [
          expect.objectContaining({ field: 'more', rule: 'whitelistValidation' }),
          { field: 'collar.owner', rule: 'isEmail', message: 'collar.owner must be an email' },
        ],
      }),
    );
  });
});

describe('messageViolations', () => {
  it('lets through only what JSON carries unchanged, for 10,000 random drafts', () => {
    fc.assert(
      fc.property(fc.record({ type: name, event_type: name, overlay_type: name, source: name, data }), (given) => {
        const draft = given as unknown as MessageDraft;
        if (messageViolations(draft).length > 0) return;

        const back = JSON.parse(JSON.stringify(draft)) as MessageDraft;
        expect(JSON.stringify(back)).toBe(JSON.stringify(draft));
        expect(back.type).toBe(draft.type);
        expect(typeof back.data).toBe('object');
      }),
      { numRuns: 10_000 },
    );
  });

  it.each(['connection', 'ping', 'pong', 'error', 'subscribe', 'ack'])('refuses the reserved type %s', (type) => {
    expect(messageViolations({ type, data: {} })).toMatchObject([{ field: 'type', rule: 'reserved' }]);
  });

  it.each([
    ['a bigint', 1n, 'data.v', 'json'],
    ['a function', () => undefined, 'data.v', 'json'],
    ['a symbol', Symbol('x'), 'data.v', 'json'],
    ['NaN', NaN, 'data.v', 'finite'],
    ['Infinity in an array', [1, -Infinity], 'data.v[1]', 'finite'],
  ])('refuses %s, which JSON would change', (_title, v, field, rule) => {
    expect(dataRule('data', { v })).toMatchObject({ field, rule });
  });

  it('refuses a circle, by depth', () => {
    const circle: Record<string, unknown> = {};
    circle['self'] = circle;

    expect(dataRule('data', circle)).toMatchObject({ field: 'data', rule: 'depth' });
  });
});

describe('parseClientMessage', () => {
  it('gives a message with a type, or a HubError, for 10,000 random texts', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.json(),
      fc.json().map((json) => json.slice(0, -1)),
    );

    fc.assert(
      fc.property(text, (given) => {
        try {
          expect(typeof parseClientMessage(given).type).toBe('string');
        } catch (error) {
          if (!(error instanceof HubError)) throw error;
          expect(['INVALID_JSON', 'INVALID_MESSAGE']).toContain(error.code);
        }
      }),
      { numRuns: 10_000 },
    );
  });
});
