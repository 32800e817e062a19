package blockkit

// emoji are the names that cards are likely to use, of the thousands that Slack knows.
var emoji = map[string]string{
	"white_check_mark": "✅", "heavy_check_mark": "✔️", "ballot_box_with_check": "☑️", "x": "❌", "no_entry": "⛔",
	"no_entry_sign": "🚫", "octagonal_sign": "🛑", "warning": "⚠️", "rotating_light": "🚨", "exclamation": "❗",
	"question": "❓", "information_source": "ℹ️", "bangbang": "‼️",
	"large_yellow_circle": "🟡", "large_orange_circle": "🟠", "red_circle": "🔴", "large_blue_circle": "🔵",
	"large_green_circle": "🟢", "large_purple_circle": "🟣", "white_circle": "⚪", "black_circle": "⚫",
	"hourglass": "⌛", "hourglass_flowing_sand": "⏳", "stopwatch": "⏱️", "alarm_clock": "⏰", "calendar": "📆",
	"arrows_counterclockwise": "🔄", "repeat": "🔁", "leftwards_arrow_with_hook": "↩️", "arrow_right": "➡️", "point_right": "👉",
	"computer": "💻", "desktop_computer": "🖥️", "wastebasket": "🗑️", "floppy_disk": "💾", "package": "📦", "gear": "⚙️",
	"hammer_and_wrench": "🛠️", "wrench": "🔧", "mag": "🔍", "key": "🔑", "lock": "🔒", "unlock": "🔓", "snowflake": "❄️",
	"bell": "🔔", "no_bell": "🔕", "link": "🔗", "memo": "📝", "speech_balloon": "💬", "email": "✉️", "pushpin": "📌",
	"robot_face": "🤖", "eyes": "👀", "wave": "👋", "raised_hand": "✋", "thumbsup": "👍", "+1": "👍", "thumbsdown": "👎", "-1": "👎",
	"tada": "🎉", "fire": "🔥", "bulb": "💡", "zzz": "💤", "bust_in_silhouette": "👤", "busts_in_silhouette": "👥",
}
