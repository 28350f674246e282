"""What the words of a prompt stand for. Plain tables: to teach the animatic a word, add it to a line here.

Words are lower case and singular, separated by commas; a phrase is written with spaces. A place (``canal``) weighs more
than a hint, something that is found in many places (``bridge``).
"""

from __future__ import annotations


def table(**lines: str) -> dict[str, str]:
    """Word to key, from lines of words separated by commas."""
    return {word.strip(): key for key, line in lines.items() for word in line.split(",")}


PLACES = table(
    water="""
        sea, ocean, harbour, harbor, beach, shore, coast, lake, lagoon, bay, island, pier, surf, seaside, port,
        quayside, cliffs by the sea
    """,
    canal="canal, river, venice, gondola, towpath, amsterdam, stream, riverbank, waterway",
    tunnel="""
        corridor, hallway, tunnel, school, hospital, passage, subway, metro, underground, catacomb, spaceship,
        aisle, archive, hotel
    """,
    city="""
        city, street, town, skyline, downtown, rooftop, avenue, traffic, skyscraper, alley, boulevard, tokyo,
        new york, paris, london, berlin, pavement, sidewalk, crosswalk, market, suburb
    """,
    forest="forest, woods, wood, jungle, grove, orchard, park, garden, woodland",
    landscape="""
        mountain, field, meadow, road, desert, horizon, hill, valley, plain, prairie, dune, canyon, countryside,
        village, path, lane, highway, farm, steppe, moor, vineyard, wheat, grassland, snowfield, cliff, tundra,
        savanna, railway, summit, peak
    """,
    hall="""
        hall, dance hall, ballroom, club, disco, stage, concert, theatre, theater, church, cathedral, party,
        dancefloor, dance floor, arena, festival, gym, stadium, auditorium, nightclub, spotlight, audience
    """,
    room="""
        room, kitchen, bedroom, apartment, cafe, café, bar, diner, office, classroom, studio, attic, library,
        interior, living room, parlour, museum, gallery, train compartment, train window, car window, bus window,
        window seat
    """,
    cosmos="""
        space, galaxy, cosmos, planet, universe, astronaut, nebula, constellation, comet, milky way, outer space,
        satellite
    """,
    silk="""
        abstract, dream, fluid, smoke, ink, liquid, silk, paint, underwater, memory, aurora, shapes, colours,
        colors, lava, kaleidoscope, deep water
    """,
    bokeh="bokeh, glitter, sparkle, fairy lights, particles, light leaks",
)
HINTS = table(
    water="wave, boat, sail, ship, lighthouse, tide, swim, fishing, water, sailing, seagull, gull, shell, sand",
    canal="bridge, barge",
    tunnel="locker, escalator, staircase, train, door, gate, endless, zoom",
    city="neon, car, taxi, bus, traffic light, shop, building, street lamp, rain, billboard, window light, graffiti",
    forest="tree, leaf, leaves, pine, birch, firefly, fireflies, deer, owl, fern",
    landscape="""
        campfire, bonfire, home, sky, sun, cloud, grass, horse, bicycle, bike, balloon, kite, wind, bird, snow,
        sunrise, sunset, flower, house, barn, walk, walking, travel, journey, home, storm
    """,
    hall="dance, dancing, dancer, band, singer, crowd, drummer, guitar, microphone, waltz, curtain, laser, strobe",
    room="window, piano, bed, table, chair, lamp, letter, mirror, curtain, coffee, sofa",
    cosmos="star, moon, rocket, night sky, eclipse",
    silk="ribbon, hypnotic, psychedelic, oil, wave of colour, feeling",
    bokeh="lights, spark, ember, lantern, candle, dust",
)
KINDS = table(
    mountains="mountain, alps, summit, peak, cliff, canyon, glacier, valley",
    fields="""
        field, meadow, wheat, prairie, vineyard, farm, countryside, grassland, lavender, steppe, village, barn,
        plain, moor, savanna
    """,
    desert="desert, dune, sand, canyon",
    road="road, highway, path, lane, street, avenue, railway",
    beach="beach, shore, sand, seaside, surf, coast",
    harbour="harbour, harbor, port, pier, quay, dock",
    round="tunnel, subway, metro, underground, catacomb, spaceship, zoom, kaleidoscope",
    corridor="corridor, hallway, school, hospital, hotel, passage, aisle, archive, locker",
    church="church, cathedral, chapel, wedding",
    club="club, disco, nightclub, rave, laser, dancefloor, dance floor, party",
    stage="stage, concert, band, festival, arena, stadium, audience, theatre, theater, singer, microphone",
    ballroom="ballroom, dance hall, waltz, gym, prom, dancing",
    pines="pine, fir, taiga, christmas, jungle",
    birches="birch, orchard, park, garden",
    river="river, stream, riverbank",
    canal="canal, venice, amsterdam, gondola",
    train="""
        train, compartment, railway carriage, train compartment, train window, car window, bus window,
        window seat
    """,
)
TIMES = table(
    dawn="dawn, sunrise, morning, daybreak, first light, early morning",
    day="day, noon, midday, daylight, blue sky, clear sky, daytime",
    golden="golden, golden hour, late afternoon, sunlit, amber light",
    sunset="sunset, sundown, evening, burning sky",
    dusk="dusk, twilight, blue hour, nightfall, gloaming, aurora",
    night="""
        night, midnight, moon, moonlight, moonlit, star, dark, darkness, neon, firework, lantern, candle, starry,
        nocturnal, firefly, fireflies, club, disco, milky way, galaxy, space
    """,
)
SEASONS = table(
    day="afternoon, sunny, summer, bright, spring",
    golden="wheat, honey, amber, autumn, autumnal, sepia, october",
)
"""Times of day that are only hinted at: they count where ``TIMES`` finds nothing."""
MOODS = table(
    winter="winter, snow, snowy, snowfall, ice, icy, frost, frozen, christmas, blizzard, snowfield, glacier, tundra",
    autumn="autumn, fall leaves, autumnal, october, november, falling leaves",
    spring="spring, blossom, cherry, april, petal, sakura, flower",
    storm="storm, stormy, thunder, grey, gray, overcast, rain, rainy, raining, cloudy, bleak, drizzle, melancholy",
    fog="fog, foggy, mist, misty, haze, hazy",
    neon="neon, cyberpunk, synthwave, vaporwave, laser, tokyo, nightclub, electric",
    warm="warm, 16 mm, 16mm, film, kodak, super 8, vintage, nostalgic, candlelight, cosy, cozy, seventies",
    cold="cold, chilly, steel, clinical, lonely, arctic",
    mono="black and white, monochrome, noir, black-and-white, b&w",
)
WEATHER = table(
    snow="snow, snowfall, snowing, blizzard, snowy, snowflake",
    rain="rain, raining, rainy, downpour, drizzle, storm, thunderstorm",
    leaves="leaves, falling leaves, autumn, october",
    petals="petal, blossom, cherry, sakura, spring",
    embers="ember, fire, spark, bonfire, campfire, flames, burning, lava",
    fireworks="firework, fireworks",
    fireflies="firefly, fireflies, glow worm",
    lanterns="lantern, sky lantern, paper lantern",
    confetti="confetti, streamer, celebration, wedding",
    dust="dust, pollen, dusty, attic, sunbeam, sunbeams, dandelion",
    stars="star, starry, milky way, constellation, night sky",
    birds="bird, gull, seagull, swallow, flock, raven, crow, geese, dove",
    fog="fog, foggy, mist, misty",
)
THINGS = table(
    paperboat="paper boat",
    boat="boat, sail, sailing, ship, sailboat, yacht, rowboat, gondola, barge, ferry",
    balloon="hot air balloon, hot-air balloon, airship",
    kite="kite",
    house="house, cottage, barn, cabin, farm, home, hut, village",
    lighthouse="lighthouse",
    tree="tree, oak, willow",
    car="car, taxi, truck, van, driving, drive, cadillac",
    train="train, railway, locomotive",
    umbrella="umbrella, parasol",
    moon="moon, moonlight, moonlit, full moon",
    bridge="bridge",
    piano="piano",
    guitar="guitar",
    window="window",
    lantern="street lamp, streetlight, lamp post, lamppost",
)
ACTIONS = table(
    run="run, running, ran, race, racing, chase, chasing, sprint, escape, rush, hurry, flee, jog",
    dance="dance, dancing, danced, waltz, spin, spinning, twirl, sway, swaying, jump, jumping, leap",
    stand="""
        stand, standing, wait, waiting, watch, watching, look, looking, stare, gaze, sing, singing, turn round,
        turn around, kiss, embrace, hug, sit, sitting, sleep, play, playing, listen, read, smile, cry, lean
    """,
    walk="walk, walking, stroll, wander, wandering, stride, hike, climb, march, follow, move forward, moving forward",
)
MOVES = table(
    forward="""
        moving forward, drift forward, rush forward, floating, push in, push-in, dolly in, glide, glides forward,
        forward, move forward, zoom in, track forward, tracking forward, travelling, advance, follow, following, push,
        fly through, walking towards
    """,
    back="pull back, pull-back, pull out, dolly out, zoom out, retreat, reveal, backward, backwards",
    left="pan left, track left, tracking left, truck left, slide left, to the left, leftward",
    right="""
        pan right, track right, tracking right, truck right, slide right, to the right, left to right, rightward,
        pan, tracking, tracking shot, track, panning
    """,
    up="tilting up, rising, upward, upwards, tilt up, crane up, rise, rising camera, boom up, looking up, ascend",
    down="tilting down, sinking, downward, downwards, tilt down, crane down, descend, boom down, lower",
    orbit="orbit, orbiting, circle, circling, arc, rotate, rotating, spinning camera",
    still="still, static, locked, tripod, still camera, fixed, locked-off, static shot, no movement, motionless",
    handheld="handheld, hand-held, shaky, documentary, verite",
)
FRAMINGS = table(
    wide="""
        wide, wide shot, long shot, establishing, panorama, panoramic, aerial, extreme wide, landscape shot,
        tiny, small figure, drone
    """,
    medium="medium, medium shot, mid shot, full shot, waist, cowboy shot, two shot",
    close="very close, close, close up, close-up, closeup, portrait, face, eye, lens, extreme close, detail",
)
OWNERS = frozenset(table(x="""
    coat, dress, hair, jacket, scarf, hat, suit, shirt, raincoat, umbrella, boat, gown, skirt, sweater, car, eye,
    balloon, haired, cap, glove, shoe, hood, hoodie, glasses, kite, robe, tie, door, house, wall, lighthouse, flag
"""))  # fmt: skip
"""A colour before one of these is its own, not the light's."""
GROWING = frozenset(table(x="""
    tree, field, grass, meadow, leaf, leave, wave, sea, water, hill, forest, wood, garden, wheat, sand, dune, lake,
    river, ocean
"""))  # fmt: skip
"""A colour before one of these is the ground's or the water's."""
VEHICLES = frozenset(table(x="boat, sail, ship, sailboat, car, taxi, truck, van, bus"))
CROWDS = frozenset(table(x="crowd, audience, people, party, band, festival, dancers"))
STREETS = frozenset(table(x="street, road, alley, avenue, boulevard, highway, path, lane"))
COLOURS = {
    "red": "#c8282c", "crimson": "#b01830", "scarlet": "#d0281c", "orange": "#e87a20", "amber": "#f0a030",
    "yellow": "#f0c830", "gold": "#e0b040", "golden": "#e8b450", "green": "#3a8a4a", "emerald": "#1f8a5a",
    "olive": "#6a7030", "teal": "#208a8a", "turquoise": "#30b0a8", "cyan": "#30c0d8", "blue": "#3468b8",
    "navy": "#202c58", "indigo": "#3a3488", "violet": "#7040b0", "purple": "#6a3490", "lavender": "#a890d8",
    "magenta": "#d03090", "pink": "#e87aa8", "rose": "#d8687c", "brown": "#6a4428", "beige": "#d0b890",
    "white": "#ece8e0", "cream": "#ecdcbc", "grey": "#84868c", "gray": "#84868c", "silver": "#b4b8c0",
    "black": "#16161c", "copper": "#b4683c", "mint": "#8cd0b0", "coral": "#f0806c", "burgundy": "#681828",
}  # fmt: skip
HAIR = {
    "blond": "#d8b468", "blonde": "#d8b468", "fair": "#d8b468", "golden": "#d8b468", "red": "#9c3c1c",
    "ginger": "#a84a1c", "auburn": "#702c18", "brown": "#40281a", "black": "#141216", "dark": "#1c1618",
    "grey": "#a4a4a8", "gray": "#a4a4a8", "white": "#dcdce0", "silver": "#c0c0c8",
}  # fmt: skip
