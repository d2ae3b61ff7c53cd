import { Module } from '@nestjs/common';
import { WebController } from './web.controller.ts';

/** Pages for people. */
@Module({ controllers: [WebController] })
export class WebModule {}
