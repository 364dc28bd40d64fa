import { Module } from '@nestjs/common';
import { RelayModule } from '../relay/relay.module.js';
import { HealthController } from './health.controller.js';

@Module({ imports: [RelayModule], controllers: [HealthController] })
export class HealthModule {}
