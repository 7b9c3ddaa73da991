"""Who appears in the demonstration: customers of several countries and scripts, and what they rent."""

from dataclasses import dataclass
from random import Random
from typing import Final

from tallystick.interfaces.cli.demo_data.catalog import VARIANTS, Rented

FIRST_NAMES: Final = {
    "DE": ("Anna", "Jonas", "Käthe", "Lukas", "Mareike", "Björn", "Sophie", "Jürgen", "Nele", "Özlem"),
    "AT": ("Magdalena", "Florian", "Theresia", "Lorenz", "Valentina", "Matthäus"),
    "FR": ("Élodie", "François", "Zoé", "Gaël", "Noémie", "Loïc"),
    "US": ("Mary-Jane", "Robert", "Keisha", "Dwayne", "Guadalupe", "Wei"),
    "GB": ("Oliver", "Aoife", "Siân", "Nigel", "Priya", "Callum"),
    "JP": ("花子", "太郎", "さくら", "健一", "美咲", "翔太"),
    "KW": ("فاطمة", "عبد الله", "مريم", "يوسف", "نورة", "خالد"),
    "PL": ("Łukasz", "Małgorzata", "Żaneta", "Grzegorz"),
    "BG": ("Елена", "Георги", "Десислава", "Николай"),
    "GR": ("Ελένη", "Γιώργος", "Αικατερίνη", "Δημήτρης"),
}
LAST_NAMES: Final = {
    "DE": (
        *("Müller", "Schäfer", "Großmann", "Yıldız", "von der Heide", "Weiß", "Krüger", "Nguyen", "Brandt", "Petersen"),
        *("Hübner", "Jäger", "Claussen", "Demir", "Kowalski", "Lohmann"),
    ),
    "AT": ("Gruber", "Pichler", "Höllwarth", "Steiner", "Öttl", "Moser", "Aigner", "Brunner"),
    "FR": ("Lefèvre", "Beauséjour", "d’Aubigné", "Diallo", "Ménard", "Rousseau", "Le Goff"),
    "US": ("O’Connor", "Washington", "Hernández", "Kim", "Smith-Jones", "Kowalski", "Okonkwo", "Nakamura", "Brooks"),
    "GB": ("Featherstonehaugh", "Patel", "MacLeod", "ap Rhys", "Okafor", "Whitaker", "Singh", "Pemberton"),
    "JP": ("山田", "佐藤", "鈴木", "高橋", "渡辺", "小林", "加藤"),
    "KW": ("الصباح", "العتيبي", "المطيري", "الرشيد"),
    "PL": ("Wójcik", "Szymańska", "Brzęczyszczykiewicz", "Dąbrowski"),
    "BG": ("Иванова", "Петров", "Димитрова", "Стоянов"),
    "GR": ("Παπαδόπουλος", "Νικολάου", "Αντωνίου"),
}
# What a business does; its name is made of this and of the family that runs it.
TRADES: Final = {
    "DE": (
        *("Bäckerei {}", "Druckerei {}", "Praxis Dr. {}", "{} Logistik", "Tischlerei {}", "{} & Söhne", "Kanzlei {}"),
        *("Filmstudio {}", "Weingut {}", "{} Elektrotechnik", "Gärtnerei {}", "{} Maschinenbau"),
    ),
    "AT": ("Hotel {}", "Tischlerei {}", "{} Medien", "Weinbau {}", "Seilbahn {}", "Verlag {}"),
    "FR": ("Boulangerie {}", "Transports {}", "Studio {}", "Atelier {}", "Domaine {}", "Librairie {}"),
    "US": ("{} Telehealth", "{} & Daughters", "{} Wind Energy", "{} Coffee Roasters", "{} Robotics", "{} Law"),
    "GB": ("{} & Partners", "{} Pharmacies", "{} Broadband", "{} Records", "{} Joinery", "The {} Arms"),
    "JP": ("{}製作所", "{}電機", "{}商店", "{}工務店", "{}印刷"),
    "KW": ("مجموعة {} التجارية", "شركة {} للاتصالات", "مكتبة {}", "مقاولات {}"),
    "PL": ("Drukarnia {}", "{} Projekt", "Piekarnia {}", "{} Transport"),
    "BG": ("{} Дизайн", "Логистика {}", "Пекарна {}"),
    "GR": ("Καφέ {}", "Ναυτιλιακή {}", "Εκδόσεις {}"),
}
SUFFIXES: Final = {
    "DE": ("GmbH", "KG", "e. K.", "GmbH & Co. KG"),
    "AT": ("GmbH", "OG"),
    "FR": ("SARL", "SAS"),
    "US": ("Inc.", "LLC"),
    "GB": ("Ltd", "LLP"),
    "JP": ("", "本社", "大阪支店"),
    "KW": ("", "ش.م.ك"),
    "PL": ("sp. z o.o.", "S.A."),
    "BG": ("ООД", "ЕООД"),
    "GR": ("Α.Ε.", "Ε.Π.Ε."),
}
CITIES: Final = {
    "DE": (("Hamburg", "20457"), ("Berlin", "10119"), ("Köln", "50667"), ("München", "80331")),
    "AT": (("Wien", "1010"), ("Innsbruck", "6020")),
    "FR": (("Lyon", "69002"), ("Besançon", "25000")),
    "US": (("San Francisco, CA", "94110"), ("Asheville, NC", "28801")),
    "GB": (("London", "E1 6RU"), ("Inverness", "IV1 1HY")),
    "JP": (("東京都", "100-0001"), ("大阪市", "530-0001")),
    "KW": (("مدينة الكويت", "13001"),),
    "PL": (("Łódź", "90-001"), ("Kraków", "31-001")),
    "BG": (("Варна", "9000"),),
    "GR": (("Αθήνα", "105 57"),),
}
STREETS: Final = {
    "DE": "Speicherstraße",
    "AT": "Mariahilfer Straße",
    "FR": "Rue de la République",
    "US": "Valencia Street",
    "GB": "Brick Lane",
    "JP": "千代田",
    "KW": "شارع فهد السالم",
    "PL": "ul. Piotrkowska",
    "BG": "бул. Княз Борис I",
    "GR": "Οδός Ερμού",
}
# Country, its currency here, its time zone, and how many of a hundred customers live there.
COUNTRIES: Final = (
    ("DE", "EUR", "Europe/Berlin", 34),
    ("AT", "EUR", "Europe/Vienna", 12),
    ("FR", "EUR", "Europe/Paris", 9),
    ("PL", "EUR", "Europe/Warsaw", 4),
    ("BG", "EUR", "Europe/Sofia", 3),
    ("GR", "EUR", "Europe/Athens", 3),
    ("US", "USD", "America/Los_Angeles", 14),
    ("GB", "GBP", "Europe/London", 12),
    ("JP", "JPY", "Asia/Tokyo", 6),
    ("KW", "KWD", "Asia/Kuwait", 3),
)
# Who pays for the members of a billing group: its name, and by what the head pays.
_HEADS: Final = ("Henrike Claussen", "Deniz Yıldız")
GROUPS: Final = (("Elbufer Hospitality Group", "transfer"), ("Hansekontor Office Alliance", "card"))


@dataclass(frozen=True)
class Plan:
    """What a customer subscribes to."""

    rented: Rented
    quantity: int
    every_months: int
    contract_months: int | None
    trial_days: int | None
    is_manual: bool
    # How many days after the customer came this begins.
    after_days: int


@dataclass(frozen=True)
class Person:
    """A customer of the demonstration before it is enrolled, and how it behaves."""

    kind: str
    name: str
    contact: str
    email: str
    country: str
    currency: str
    time_zone: str
    city: str
    postal_code: str
    street: str
    terms_days: int
    pays_by: str
    months_ago: int
    billing_day: int
    plans: tuple[Plan, ...]
    punctual: float


def people(random: Random, count: int) -> list[Person]:
    """This function will invent customers; the same random numbers make the same people."""
    found: list[Person] = []
    names: set[str] = set()
    while len(found) < count:
        country, currency, zone, _ = random.choices(COUNTRIES, weights=[each[3] for each in COUNTRIES])[0]
        business = random.random() < 0.58
        contact = _full_name(random, country)
        name = _business_name(random, country) if business else contact
        if name in names:
            continue
        names.add(name)
        city, postal_code = _city(random, country)
        months_ago = min(24, int(random.triangular(0, 25, 20)))
        found.append(
            Person(
                kind="business" if business else "individual",
                name=name,
                contact=contact,
                email=f"customer{len(found) + 1}@example.com",
                country=country,
                currency=currency,
                time_zone=zone,
                city=city,
                postal_code=postal_code,
                street=f"{STREETS[country]} {random.randint(1, 180)}",
                terms_days=random.choice((7, 14, 30, 30)) if business else 0,
                pays_by=random.choices(("transfer", "card", "cash", "cheque", "late"), weights=(52, 30, 4, 4, 10))[0],
                months_ago=months_ago,
                billing_day=random.choice((1, 1, 1, 5, 12, 15, 20, 28)),
                plans=_plans(random, business=business, months_ago=months_ago),
                punctual=random.random(),
            )
        )
    return found


def heads() -> list[Person]:
    """This function will return who pays for the billing groups."""
    return [
        Person(
            kind="business",
            name=name,
            contact=contact,
            email=f"group{number}@example.com",
            country="DE",
            currency="EUR",
            time_zone="Europe/Berlin",
            city="Hamburg",
            postal_code="20457",
            street=f"{STREETS['DE']} {number}",
            terms_days=14,
            pays_by=pays_by,
            months_ago=24,
            billing_day=1,
            plans=(),
            punctual=0.5,
        )
        for number, ((name, pays_by), contact) in enumerate(zip(GROUPS, _HEADS, strict=True), start=1)
    ]


def _plans(random: Random, *, business: bool, months_ago: int) -> tuple[Plan, ...]:
    count = 2 if random.random() < (0.14 if business else 0.05) else 1
    chosen = random.sample([each for each in VARIANTS if business or each.for_individuals], count)
    return tuple(
        Plan(
            rented=rented,
            quantity=random.choice((1, 1, 2, 3, 5, 12, 40)) if business else 1,
            every_months=random.choices((1, 3, 12), weights=(45, 36, 19))[0],
            contract_months=random.choices((None, 12, 24, 36), weights=(48, 16, 24, 12))[0],
            trial_days=random.choices((None, 14, 30), weights=(88, 6, 6))[0],
            is_manual=random.random() < 0.06,
            after_days=0 if number == 0 else random.randint(20, max(21, months_ago * 15)),
        )
        for number, rented in enumerate(chosen)
    )


def _full_name(random: Random, country: str) -> str:
    first, last = random.choice(FIRST_NAMES[country]), random.choice(LAST_NAMES[country])
    if country == "JP":
        return f"{last} {first}"
    latin = country in {"DE", "AT", "FR", "US", "GB", "PL"}
    initial = f"{random.choice(FIRST_NAMES[country])[0]}." if latin and random.random() < 0.3 else ""
    return " ".join(part for part in (first, initial, last) if part)


def _business_name(random: Random, country: str) -> str:
    family = random.choice(LAST_NAMES[country])
    return f"{random.choice(TRADES[country]).format(family)} {random.choice(SUFFIXES[country])}".strip()


def _city(random: Random, country: str) -> tuple[str, str]:
    return random.choice(CITIES[country])
