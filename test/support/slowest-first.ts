import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** The files that take longest, the longest first, as measured on two cores, with what they make before their first test. */
const slowest = [
  'test/long/crawl-elsewhere.test.ts',
  'test/start.test.ts',
  'test/browser/crawl.test.ts',
  'test/long/soak.test.ts',
  'test/long/killed.test.ts',
  'test/long/start-elsewhere.test.ts',
  'test/long/xss.test.ts',
  'test/long/fuzz.test.ts',
  'test/long/big-county-pages.test.ts',
  'test/long/api-fuzz.test.ts',
  'test/cli.test.ts',
  'test/backup/backup.test.ts',
  'test/browser/journey.test.ts',
  'test/accounts/browser.test.ts',
  'test/accounts/processes.test.ts',
  'test/backup/processes.test.ts',
  'test/faults/balancer.test.ts',
  'test/accounts/permissions.test.ts',
  'test/discharge-days/commands.test.ts',
  'test/attack/csrf.test.ts',
  'test/search/search.test.ts',
  'test/browser/imports.test.ts',
  'test/faults/database.test.ts',
  'test/documents/file-text.test.ts',
  'test/attack/requests.test.ts',
  'test/accounts/sign-in.test.ts',
  'test/doctor.test.ts',
  'test/attack/uploads.test.ts',
  'test/http/page-cache.test.ts',
  'test/http/layout.test.ts',
  'test/imports/files.test.ts',
  'test/documents/register.test.ts',
  'test/seeding/big-county.test.ts',
  'test/open-data/statements.test.ts',
]

/**
 * Long files before short ones, so that the two workers end at the same time. Vitest does so by itself when it has run
 * them before; in a new clone it goes by the sizes of the files, which say nothing of how long they take.
 */
export class SlowestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId }: TestSpecification) => {
      const found = slowest.findIndex((name) => moduleId.endsWith(`/${name}`))
      return found < 0 ? slowest.length : found
    }
    return (await super.sort(files)).toSorted((a, b) => place(a) - place(b))
  }
}
