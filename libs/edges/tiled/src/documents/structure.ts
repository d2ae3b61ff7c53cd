import type { ArrayStructure, SparseStructure, Structure, TableStructure } from '@tessera/domain';
import { dataTypeDocument } from './data-type.ts';
import { listChunks, publishedGrid } from './published-grid.ts';

/** Structure of anything but a container, as the wire has it; keys without a value are there all the same. */
export function structureDocument(structure: Exclude<Structure, { family: 'container' }>): object {
  switch (structure.family) {
    case 'array':
      return arrayStructureDocument(structure.array);
    case 'sparse':
      return sparseStructureDocument(structure.sparse);
    case 'table':
      return tableStructureDocument(structure.table);
    case 'bytes':
      return {};
  }
}

export function arrayStructureDocument(array: ArrayStructure): object {
  return {
    data_type: dataTypeDocument(array.dataType),
    chunks: listChunks(publishedGrid(array)),
    shape: array.shape,
    dims: array.dims ?? null,
    resizable: false,
  };
}

function sparseStructureDocument(sparse: SparseStructure): object {
  return {
    chunks: listChunks(sparse),
    shape: sparse.shape,
    data_type: dataTypeDocument(sparse.dataType),
    coord_data_type: dataTypeDocument(sparse.coordinateType),
    dims: sparse.dims ?? null,
    resizable: false,
    layout: 'COO',
  };
}

function tableStructureDocument(table: TableStructure): object {
  return {
    arrow_schema: `data:application/vnd.apache.arrow.file;base64,${table.arrowSchema}`,
    npartitions: table.partitionCount,
    columns: table.columns,
    resizable: false,
  };
}
