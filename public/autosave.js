// Keeps what is typed in forms marked data-autosave as a draft every few seconds, and warns before unsaved text is
// left. Without this script the button "Spara utkast" does the same.
for (const form of document.querySelectorAll('form[data-autosave]')) {
  const status = form.querySelector('[data-autosave-status]')
  const content = () => {
    const fields = new URLSearchParams()
    for (const [name, value] of new FormData(form)) if (typeof value === 'string') fields.append(name, value)
    return fields.toString()
  }
  const opened = content()
  let kept = opened
  let leaving = false
  let timer

  const keep = async () => {
    const now = content()
    if (now === kept || leaving) return
    try {
      const answer = await fetch(form.dataset.autosave, {
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded', 'x-autosave': 'yes' },
        body: now,
      })
      if (!answer.ok) throw new Error(String(answer.status))
      kept = now
      const time = new Date().toLocaleTimeString('sv', { hour: '2-digit', minute: '2-digit' })
      if (status) status.textContent = `Utkast sparat ${time.replace(':', '.')}.`
    } catch {
      if (status) status.textContent = 'Utkastet kunde inte sparas. Spara själv, eller kontrollera att du är inloggad.'
    }
  }

  form.addEventListener('input', () => {
    clearTimeout(timer)
    timer = setTimeout(keep, 3000)
  })
  form.addEventListener('submit', () => {
    leaving = true
    clearTimeout(timer)
  })
  // Text that has been kept as a draft comes back by itself; only what has not been is worth a warning.
  addEventListener('beforeunload', (event) => {
    if (!leaving && content() !== kept && content() !== opened) event.preventDefault()
  })
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'hidden') keep()
  })
}
