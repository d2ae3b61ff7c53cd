// Colour maps as evenly spaced colours, between which is interpolated: within 6 of 255 of the
// tables that Matplotlib has under the same names.
import type { ColorMapName } from '@tessera/domain';

/** RGB, two hex digits a channel. */
const colors: Readonly<Record<ColorMapName, string>> = {
  gray: '000000ffffff',
  viridis: '440154470d6048186a482374472d7b4537814240863e49893b528b375b8d33638d2f6b8e2c728e297a8e26828e23898e21918c'
    + '1f988b1fa08822a78528ae8032b67a3fbc734ec36b5ec96270cf5784d44b98d83eaddc30c2df23d8e219ece51bfde725',
  magma: '0000040a08221d114736106b51127c6a1c818326819c2e7fb73779d0416fe75263f56b5cfc8961fea772fec488fde2a3fcfdbf',
  inferno: '0000040403120b0724150b37210c4a2f0a5b3d09654a0c6b57106e64156e71196e7d1e6d8a226a972766a32c61b0315bbc3754'
    + 'c73e4cd24644db503be45a31eb6628f1731df68013f98e09fb9d07fcac11fbbc21f9cb35f5db4cf2ea69f3f68afcffa4',
  plasma: '0d08872206903105973f049c4c02a15901a56600a77201a87e03a88a09a59511a1a01a9caa2395b32c8ebc3587c43e7fcc4778'
    + 'd35171da5a6ae06363e66c5ceb7655f0804ef58b47f89540fba139fdac33feb82cfdc527fcd225f8df25f4ed27f0f921',
  cividis: '00224e00285b002e6a0533711a386f273e6e32436d3b496c434e6c4b546c535a6d5a5f6e61656f686a716f70737676767d7c78'
    + '8482798c8878938e789b9476a39a74aba072b4a76fbcae6cc4b468cdbb63d5c25edec958e7d150f0d846f9e03afee838',
  hot: '0b00002000003500004a00005f00007400008900009e0000b30000c80000dd0000f20000ff0800ff1d00ff3200ff4700ff5c00'
    + 'ff7100ff8600ff9b00ffb000ffc500ffda00ffef00ffff07ffff26ffff46ffff65ffff85ffffa4ffffc4ffffe3ffffff',
  coolwarm: '3b4cc0445acc4e68d85875e16282ea6c8ff1779af782a6fb8db0fe98b9ffa3c2feaec9fcb9d0f9c3d5f4ccd9edd5dbe5dddcdc'
    + 'e5d8d1ecd3c5f1ccb8f5c4acf7ba9ff7b093f6a586f4987af08b6eeb7d62e46e56dd5f4bd44e41ca3b37be242eb40426',
  turbo: '30123b392a734040a24456c7466be34680f64294ff37a8fa28bceb1ccdd818ddc21fe9af32f2984ef97d6dfe628bff4ba4fc3c'
    + 'b9f635cdec34dfdf37eecf3af8be39fdac34fe962bfb7e21f46617eb500edf3f08d02f05be2102a91601920b017a0403',
};

/** The colour of each level, as red, green, blue. */
export function colorTable(name: ColorMapName, isReversed: boolean): Uint8Array {
  const stops = Buffer.from(colors[name], 'hex');
  const last = stops.length / 3 - 1;
  const table = new Uint8Array(256 * 3);
  for (let level = 0; level < 256; level++) {
    const place = ((isReversed ? 255 - level : level) / 255) * last;
    const stop = Math.min(Math.floor(place), last - 1);
    for (let channel = 0; channel < 3; channel++) {
      const from = stops[stop * 3 + channel]!;
      const to = stops[(stop + 1) * 3 + channel]!;
      table[level * 3 + channel] = Math.round(from + (to - from) * (place - stop));
    }
  }
  return table;
}

/** Levels as pixels of three channels. */
export function colorize(levels: Uint8Array, table: Uint8Array): Uint8Array {
  const pixels = new Uint8Array(levels.length * 3);
  for (let i = 0, at = 0; i < levels.length; i++, at += 3) {
    const from = levels[i]! * 3;
    pixels[at] = table[from]!;
    pixels[at + 1] = table[from + 1]!;
    pixels[at + 2] = table[from + 2]!;
  }
  return pixels;
}
