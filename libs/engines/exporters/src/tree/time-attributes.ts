import { isStruct, type DataType, type JsonObject } from '@tessera/domain';

/** NumPy's units by the names that the CF conventions (section 4.4) have for them, and the shorter ones that xarray reads. */
const unitNames: Readonly<Record<string, string>> = { D: 'days', h: 'hours', m: 'minutes', s: 'seconds', ms: 'milliseconds', us: 'microseconds', ns: 'nanoseconds' };

/** Attributes by which readers know counts of time for what they are. */
export function timeAttributes(dataType: DataType): JsonObject {
  if (isStruct(dataType) || (dataType.kind !== 'M' && dataType.kind !== 'm')) return {};
  const numpy = { numpy_dtype: `${dataType.kind}8${dataType.units ?? ''}` };
  const name = unitNames[/^\[(\w+)\]$/.exec(dataType.units ?? '')?.[1] ?? ''];
  if (name === undefined) return numpy;
  return dataType.kind === 'm' ? { units: name, ...numpy } : { units: `${name} since 1970-01-01`, calendar: 'proleptic_gregorian', ...numpy };
}
