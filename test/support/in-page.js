// Runs inside the browser's page, so it is plain JavaScript. test/support/looks.ts puts it there and asks.

const named = (element) => [element.tagName.toLowerCase(), ...element.classList].join('.')

const scrollsInABox = (element) => {
  for (let box = element.parentElement; box && box !== document.body; box = box.parentElement) {
    if (['auto', 'scroll'].includes(getComputedStyle(box).overflowX)) return true
  }
  return false
}

globalThis.portalLooks = {
  /** Elements that reach outside the window at the sides, but for those in a box that scrolls and the visually hidden. */
  sideways() {
    const width = document.documentElement.clientWidth
    const out = [...document.body.querySelectorAll('*')].filter((element) => {
      const box = element.getBoundingClientRect()
      if (box.width <= 1 || box.height <= 1 || (box.right <= width + 1 && box.left >= -1)) return false
      return getComputedStyle(element).visibility !== 'hidden' && !scrollsInABox(element)
    })
    const faults = out.slice(0, 3).map((element) => `${named(element)} “${element.textContent.trim().slice(0, 60)}”`)
    const { scrollWidth } = document.documentElement
    return scrollWidth > width ? [...faults, `the page is ${scrollWidth} wide`] : faults
  },

  /** Shapes cut out of a colour (CSS masks) that have got the colour of the page itself. */
  vanished() {
    const probe = document.body.appendChild(document.createElement('i'))
    probe.style.backgroundColor = 'Canvas'
    const paper = getComputedStyle(probe).backgroundColor
    probe.remove()
    const gone = new Set()
    for (const element of document.body.querySelectorAll('*')) {
      for (const part of ['', '::before', '::after']) {
        const style = getComputedStyle(element, part || null)
        const drawn = style.maskImage !== 'none' && (part === '' || style.content !== 'none')
        if (drawn && style.backgroundColor === paper) gone.add(named(element) + part)
      }
    }
    return [...gone]
  },

  /** Puts another page in place of this one, which has its style sheets. A face that is new has to be fetched. */
  async wear(html) {
    const { head, body } = new DOMParser().parseFromString(html, 'text/html')
    for (const old of document.head.querySelectorAll('title, meta')) old.remove()
    document.head.append(...head.querySelectorAll('title, meta'))
    document.body.replaceWith(document.adoptNode(body))
    body.getBoundingClientRect()
    await document.fonts.ready
  },
}
