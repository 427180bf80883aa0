"""The live web page: a client of the API, served beside it. No build step, no outside address.

`routes` hands out four pages: the sign-in form, the board, one incident's page and the devices. Each
carries its texts, the plan's limits and who is signed in as JSON; all else its scripts ask of the API.

In `static/js`, `board.js`, `incident_page.js` and `devices_page.js` are where a page begins. `feed.js`
follows the event stream and polls beside it; `incidents.js` keeps what is open, `open_rows.js` and
`open_cards.js` show it, `attention.js` what needs somebody; `card.js` draws one
incident, with `ring.js` for the clock against the limits, `assignments.js` for stations and people,
`actions.js` for what a person may decide; `map.js` draws the district with
`map_layers.js` (`points_layer.js` for what is many); `past.js` and `times.js` look
back. For devices, `modes.js` shows who vouches for what, `worklist.js` what needs seeing to,
`unknown.js` with `bind.js` what is not registered yet, `device.js` with `witness.js` one device and its
tests. In the review, `review_page.js` begins, `review_address.js` says what is looked at, and each part
of the page has its own `review_*.js`; `review_chart.js` alone knows uPlot.

`goals.js`, `progress.js`, `troubles.js` and `map_places.js` only compute. Values become text by `dom.js` and
never markup.
"""
