import type { ImageWatermark } from '@aws-sdk/client-ec2';
import type { WatermarkRecord } from './records.ts';

export function watermarkShape(watermark: WatermarkRecord): ImageWatermark {
  return {
    WatermarkKey: watermark.key,
    SourceImageRegion: watermark.sourceImageRegion,
    SourceImageId: watermark.sourceImageId,
    SourceImageCreationTime: new Date(watermark.sourceImageCreationDate),
    WatermarkCreationTime: new Date(watermark.creationDate),
  };
}
