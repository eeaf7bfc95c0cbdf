/** Somebody at a desk: does what a person does in a browser, and counts it. */
import type { Page, Response } from 'playwright-core'

/** What has been done: pages that were fetched, presses of buttons, links and boxes, fields that were filled in. */
export type Count = { pages: number; presses: number; fields: number }

export class Desk {
  readonly page: Page
  readonly count: Count = { pages: 0, presses: 0, fields: 0 }

  constructor(page: Page) {
    this.page = page
    page.setDefaultTimeout(15_000)
    page.on('response', (response) => {
      if (isPage(response)) this.count.pages += 1
    })
  }

  async goTo(address: string): Promise<void> {
    await this.page.goto(address)
  }

  /** Fills in fields by their labels. */
  async fill(fields: Readonly<Record<string, string>>): Promise<void> {
    for (const [label, text] of Object.entries(fields)) {
      await this.page.getByLabel(label, { exact: true }).fill(text)
      this.count.fields += 1
    }
  }

  /** Chooses in lists, by what is read. */
  async choose(fields: Readonly<Record<string, string>>): Promise<void> {
    for (const [label, option] of Object.entries(fields)) {
      await this.page.getByLabel(label, { exact: true }).selectOption({ label: option })
      this.count.fields += 1
    }
  }

  /** Ticks boxes, or chooses among buttons that rule each other out. Part of the label is enough. */
  async tick(...labels: readonly string[]): Promise<void> {
    for (const label of labels) {
      await this.page.getByLabel(label).first().check()
      this.count.presses += 1
    }
  }

  /** Opens what is folded away. */
  async unfold(summary: string): Promise<void> {
    await this.page.locator('summary', { hasText: summary }).first().click()
    this.count.presses += 1
  }

  async press(button: string): Promise<void> {
    await this.arriving(this.page.getByRole('button', { name: button, exact: true }).first())
  }

  async follow(link: string): Promise<void> {
    await this.arriving(this.page.getByRole('link', { name: link, exact: true }).first())
  }

  /** The main text of the page. */
  async text(): Promise<string> {
    return (await this.page.locator('main').innerText()).replace(/\s+/g, ' ')
  }

  private async arriving(target: ReturnType<Page['getByRole']>): Promise<void> {
    this.count.presses += 1
    await Promise.all([this.page.waitForResponse(isPage), target.click()])
    await this.page.waitForLoadState('load')
  }
}

function isPage(response: Response): boolean {
  const redirected = response.status() >= 300 && response.status() < 400
  return response.request().isNavigationRequest() && !redirected
}
