import { describeOnRadosgw } from '../support/radosgw.ts';
import { conformanceSuite } from './suite.ts';

await describeOnRadosgw('conformance', (endpoint) => conformanceSuite('radosgw', endpoint));
