/** The faults of a row in the page's language; what nobody has translated is shown as the server says it. */

import { t } from "./i18n.js";

/** What the checks of a load say (`registry/cells.py`, `parsing.py`, `rows.py`, `checking.py`), by pattern. */
const SAID = [
  [/^empty, but required/, "required"],
  [/^required column is missing/, "no_column"],
  [/^unknown column/, "unknown_column"],
  [/^'(?<value>.*)' has no \+ and country code/, "no_country"],
  [/^'(?<value>.*)' is no mobile number/, "no_mobile"],
  [/^'(?<value>.*)' (is no valid phone number|is no phone number|has more than \+ and digits)/, "no_phone"],
  [/^'(?<value>[+-]?\d{10,}(\.0+)?)' is no whole number/, "too_large"], // longer than any count of ours
  [/^'(?<value>.*)' is no (whole )?number/, "no_number"],
  [/^('(?<value>.*)': )?input should be greater than or equal to (?<known>\S+)/i, "at_least"],
  [/^('(?<value>.*)': )?input should be less than or equal to (?<known>\S+)/i, "at_most"],
  [/^'(?<value>.*)' is no time of day/, "no_time_of_day"],
  [/^unknown file; the names are (?<known>.*)/, "unknown_file"],
  [/^neither a folder of CSV files nor a readable XLSX/, "unreadable_file"],
  [/^empty; the first line names the columns/, "empty_file"],
  [/^unknown (region|station|premises|premises or station|person) '(?<value>.*?)'/, "unknown"],
  [/^'(?<value>.*)' is none of (?<known>.*)/, "none_of"],
  [/^empty, and (region_code|station_id) too/, "no_home"],
  [/^filled, and (region_code|station_id) too/, "two_homes"],
  [/^empty, but (lon|lat|its pair) is given/, "half_position"],
  [/^(?<value>[\d.]+) km outside/, "far_outside"],
  [/^'(?<value>.*)' of (?<known>.*) is device/, "taken"],
  [/^'(?<value>.*)' stands in row (?<known>\d+) already/, "twice"],
  [/outside your region/, "outside_region"],
  [/exists already; choose another id/, "exists"],
  [/somebody has changed it since you read it/, "changed_since"],
  [/^empty; say what (?<known>\S+) calls the device/, "no_external_id"],
  [/(positions|boundaries) lie .* (of where they were before|of )/, "wrong_datum"],
];

/** A message in the page's language. */
export function inWords(message) {
  for (const [pattern, key] of SAID) {
    const found = message.match(pattern);
    if (!found) continue;
    return t(`wrong.${key}`, found.groups);
  }
  return message;
}

/** `[column, message]` of a fault of one row, such as `phone: …` or `body.lon: …`; the column may be empty. */
export function columnOf(fault) {
  const [, column = "", message] = fault.match(/^(?:body\.)?(?:([a-z_]+): )?(.*)$/s);
  return [column, message];
}
