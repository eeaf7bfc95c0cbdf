// Items of an agenda are dragged to their place among those of their level. The buttons do the same without this script.
const form = document.querySelector('.agenda-form')
const items = [...form.querySelectorAll('[data-item]')]
const levelOf = (item) => (item.classList.contains('agenda-editor-sub') ? Number.parseInt(item.dataset.item, 10) : 0)
let dragged = null

const mayTake = (item) => dragged !== null && item !== dragged && levelOf(item) === levelOf(dragged)
const unmark = () => {
  for (const item of items) delete item.dataset.target
}

for (const item of items) {
  item.draggable = true
  for (const link of item.querySelectorAll('a')) link.draggable = false
  item.addEventListener('dragstart', (event) => {
    dragged = item
    event.dataTransfer.effectAllowed = 'move'
    event.dataTransfer.setData('text/plain', item.dataset.item)
  })
  item.addEventListener('dragover', (event) => {
    if (!mayTake(item)) return
    event.preventDefault()
    unmark()
    item.dataset.target = items.indexOf(item) < items.indexOf(dragged) ? 'before' : 'after'
  })
  item.addEventListener('drop', (event) => {
    if (!mayTake(item)) return
    event.preventDefault()
    for (const [name, number] of [
      ['flytta', dragged.dataset.item],
      ['till', item.dataset.item],
    ]) {
      const field = document.createElement('input')
      field.type = 'hidden'
      field.name = name
      field.value = number
      form.append(field)
    }
    // Without a button, and so none of their names is sent. The page comes back with the reason's error if it lacks one.
    form.submit()
  })
  item.addEventListener('dragend', () => {
    dragged = null
    unmark()
  })
}
