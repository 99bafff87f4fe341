/**
 * Where a server does not do what AWS documents. A check that meets such a difference asserts what that server does
 * instead, so that a change there is seen; nothing is loosened for the others.
 */
export type ServerName = 'embedded' | 'radosgw';

interface Difference {
  /** AWS's rule, and what these servers do instead. */
  what: string;
  servers: readonly ServerName[];
}

export const KNOWN_DIFFERENCES = {
  // trap 24
  keyMarkerIsInclusive: {
    what: 'A key marker without a version id marker excludes its key. radosgw 16 lists that key again.',
    servers: ['radosgw'],
  },
  // trap 24
  versionIdMarkerAloneIsIgnored: {
    what: 'A version id marker without a key marker is an error. radosgw lists from the start.',
    servers: ['radosgw'],
  },
  // trap 34: a page may end in the middle of a key, and gc deletes while others list.
  deletedMarkerSkipsItsKey: {
    what: 'A listing goes on after a marker version that is gone by now. radosgw leaves out the rest of that key.',
    servers: ['radosgw'],
  },
  // traps 3 and 33
  listsMilliseconds: {
    what: 'LastModified in listings is in whole seconds. radosgw gives milliseconds.',
    servers: ['radosgw'],
  },
  // trap 24
  encodesSpaceAsPercent: {
    what: 'With encoding-type=url a space is a plus. radosgw writes %20.',
    servers: ['radosgw'],
  },
  // trap 24
  encodesSlash: {
    what: 'With encoding-type=url a slash stays. radosgw writes %2F.',
    servers: ['radosgw'],
  },
  // trap 24: decoding such a marker turns the key `a%20b` into another one.
  markersAreNotEncoded: {
    what: 'encoding-type=url holds for NextKeyMarker too. radosgw 16 writes it as it is, control characters included.',
    servers: ['radosgw'],
  },
  // trap 33
  refusalsOfXmlHaveNoCode: {
    what: 'A DeleteObjects request that is no XML or too long is MalformedXML. radosgw answers 400 without a body.',
    servers: ['radosgw'],
  },
  // trap 12
  secondDeleteMakesNoMarker: {
    what: 'Deleting a key that is hidden already makes another delete marker. radosgw makes none.',
    servers: ['radosgw'],
  },
  // trap 33
  deleteOfNothingNamesNoVersion: {
    what: 'Deleting a version that is gone answers with its id. radosgw leaves it out.',
    servers: ['radosgw'],
  },
  // trap 33
  missingVersionsAreMissingKeys: {
    what:
      'A missing version is NoSuchVersion, reading a delete marker MethodNotAllowed, copying one InvalidRequest. ' +
      'radosgw calls them all NoSuchKey.',
    servers: ['radosgw'],
  },
  // trap 33
  copyNamesNoVersionId: {
    what: 'A copy answers with the version id that it made, and that of its source. radosgw 16 names neither.',
    servers: ['radosgw'],
  },
  // trap 33
  copyEtagHasNoQuotes: {
    what: 'The etag in the answer to a copy is in quotes. radosgw writes none there.',
    servers: ['radosgw'],
  },
  // trap 14
  copyDirectivesRuleTagsTogether: {
    what:
      'Metadata and tags each follow their own directive. radosgw looks at the one for metadata only: COPY keeps the ' +
      "source's tags, REPLACE drops them.",
    servers: ['radosgw'],
  },
  // trap 15
  tagsOfRequestAreLost: {
    what:
      'Tags can be given to a copy with REPLACE and to CreateMultipartUpload. radosgw 16 then answers GetObjectTagging ' +
      'with an empty body until PutObjectTagging has set them.',
    servers: ['radosgw'],
  },
  // trap 19
  copyConditionsAreIgnored: {
    what: 'A copy is made only where the conditions on its source hold. radosgw 16 does not look at them.',
    servers: ['radosgw'],
  },
  // traps 1 and 33
  multipartIsAsOldAsItsCompletion: {
    what: 'A multipart upload has the time and the place of its initiation. radosgw takes those of its completion.',
    servers: ['radosgw'],
  },
  // trap 18
  completionNamesNoEtag: {
    what: 'CompleteMultipartUpload answers with the etag. radosgw 16 leaves it empty where there is versioning.',
    servers: ['radosgw'],
  },
  // trap 33
  writeConditionsFailWithVersioning: {
    what:
      'Conditional writes look at the current version. With versioning, radosgw 16 takes every If-None-Match for ' +
      'fulfilled and no If-Match.',
    servers: ['radosgw'],
  },
  // trap 9
  missingReplicationIsEmpty: {
    what: 'A bucket without replication answers an error. radosgw answers a configuration without rules.',
    servers: ['radosgw'],
  },
  // trap 33
  namesItsZoneAsLocation: {
    what: 'The location constraint of the default region is empty. radosgw names its zone group.',
    servers: ['radosgw'],
  },
} as const satisfies Record<string, Difference>;

export type DifferenceName = keyof typeof KNOWN_DIFFERENCES;
