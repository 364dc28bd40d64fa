import { Controller, Get } from '@nestjs/common';

/** For an orchestrator's probes. */
@Controller('health')
export class HealthController {
  /** Whether this process serves at all. Depends on nothing else: a restart would not mend what is outside. */
  @Get('live')
  live(): { status: 'ok' } {
    return { status: 'ok' };
  }
}
