// Drives the Inspector's web page as a person would: connects to the server that
// the page knows, opens a tool, types its first argument, executes it and looks
// at what is shown. Prints one JSON object.
//
//   node client.mjs BROWSER PAGE TOOL ARGUMENT VALUE TEXT SCREENSHOT
//
// TEXT is what is waited for among the results.
import puppeteer from 'puppeteer-core'

const [browser, page, tool, argument, value, text, screenshot] = process.argv.slice(2)
const timeout = 60_000

const chromium = await puppeteer.launch({ executablePath: browser, headless: true, args: ['--no-sandbox', '--disable-dev-shm-usage'] })
const tab = await chromium.newPage()
try {
  tab.setDefaultTimeout(timeout)
  await tab.setViewport({ width: 1400, height: 1000 })
  await tab.goto(page, { waitUntil: 'load', timeout })
  await connect()
  await press('//label[normalize-space(.)="Tools"]')
  await press(`//button[contains(., "${tool}")]`)
  const field = await tab.waitForSelector(`::-p-xpath(//*[@id = //label[starts-with(normalize-space(.), "${argument}")]/@for])`)
  await field.type(value)
  await press('//button[normalize-space(.)="Execute Tool"]')
  await tab.waitForFunction((wanted) => document.body.innerText.includes(wanted), {}, text)
  const picture = await tab.waitForFunction(() => [...document.images].find((i) => /^(data|blob):/.test(i.src) && i.complete && i.naturalWidth > 0 && i.checkVisibility()))
  const image = await picture.evaluate((i) => {
    i.scrollIntoView()
    const { width, height } = i.getBoundingClientRect()
    return { src: i.src, naturalWidth: i.naturalWidth, naturalHeight: i.naturalHeight, width, height }
  })
  console.log(JSON.stringify({ image, shown: await tab.evaluate(() => document.body.innerText) }))
} catch (error) {
  console.error(await tab.evaluate(() => document.body.innerText).catch(() => ''))
  throw error
} finally {
  await tab.screenshot({ path: screenshot }).catch(() => {})
  await chromium.close()
}

// connect switches the server on. The page may show the switch before it reacts to it,
// so a page that is still disconnected is pressed again, as a person would.
async function connect() {
  for (let patience = timeout / 4; ; patience *= 2) {
    const off = await tab.evaluate(() => document.body.innerText.includes('Disconnected'))
    if (off || patience === timeout / 4) await press('//input[starts-with(@aria-label, "Connect or disconnect")]')
    try {
      await tab.waitForSelector('::-p-xpath(//label[normalize-space(.)="Tools"])', { timeout: patience })
      return
    } catch (error) {
      if (patience >= timeout) throw error
    }
  }
}

// press clicks by script, since the page hides what its switches are made of.
async function press(xpath) {
  const element = await tab.waitForSelector(`::-p-xpath(${xpath})`)
  await element.evaluate((e) => e.click())
}
