// Warns before a form that has been filled in is left unsaved. Forms marked data-autosave keep themselves (autosave.js).
const content = (form) =>
  JSON.stringify([...new FormData(form)].map(([name, value]) => [name, typeof value === 'string' ? value : value.name]))

for (const form of document.querySelectorAll('main form.form[method="post"]:not([data-autosave])')) {
  const opened = content(form)
  // A form that came back with faults holds what nobody has saved.
  const refused = document.querySelector('main [role="alert"]') !== null
  let leaving = false
  form.addEventListener('submit', () => {
    leaving = true
  })
  addEventListener('beforeunload', (event) => {
    if (!leaving && (refused || content(form) !== opened)) event.preventDefault()
  })
}
