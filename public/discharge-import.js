// Says how far a large file has come. Without this script the form works as well.
for (const form of document.querySelectorAll('.import-form')) {
  form.addEventListener('submit', (event) => {
    const status = form.querySelector('.import-progress')
    if (!status) return
    event.preventDefault()
    const request = new XMLHttpRequest()
    const say = (text) => {
      status.hidden = false
      status.textContent = text
    }
    request.upload.addEventListener('progress', ({ loaded, total }) => {
      say(loaded < total ? `Skickar filen: ${Math.floor((100 * loaded) / total)} %` : 'Räknar raderna …')
    })
    request.addEventListener('load', () => {
      if (request.status === 200) {
        location.assign(request.responseURL)
        return
      }
      document.open()
      document.write(request.responseText)
      document.close()
    })
    request.addEventListener('error', () => say('Filen kom inte fram. Försök igen.'))
    request.open('POST', form.action)
    request.send(new FormData(form))
  })
}
