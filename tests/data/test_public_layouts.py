"""Public data files, by their layout and with values of our own: what a user types, and what it takes until they are read.

Each walk is what was typed so far and what came of it: a remedy that the next step follows, or the samples.
"""

import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from sandbox.data.files import read_samples
from sandbox.data.reading import Reading
from sandbox.system.errors import InputError

DRAW = random.Random(12)  # noqa: S311 - made-up values
ROWS = 24


def number(digits: int = 1, low: float = 0, high: float = 8) -> str:
    return f"{DRAW.uniform(low, high):.{digits}f}"


def whole(low: int, high: int) -> str:
    return str(DRAW.randint(low, high))


def lines(row: Any, sep: str = ",", rows: int = ROWS) -> str:
    return "\n".join(sep.join(row(i)) for i in range(rows)) + "\n"


def turn(i: int, *values: str) -> str:
    return values[i % len(values)]


def numbers(count: int, digits: int = 1) -> list[str]:
    return [number(digits) for _ in range(count)]


IRIS = lines(lambda i: [*numbers(4), turn(i, "Iris-setosa", "Iris-versicolor", "Iris-virginica")]) + "\n"
WINE = lines(lambda i: [turn(i, "1", "2", "3"), *numbers(12, 2), whole(278, 1680)])
WDBC = lines(lambda i: [whole(10**5, 10**9), turn(i, "M", "B"), *numbers(30, 4)])
ADULT = lines(
    lambda i: [
        whole(17, 90), turn(i, "Private", "?", "State-gov"), whole(12285, 12299), turn(i, "Bachelors", "HS-grad"), whole(1, 16),
        whole(0, 99), turn(i, "<=50K", "<=50K", ">50K"),
    ],
    sep=", ",
)  # fmt: skip
ADULT_TEST = "|1x3 Cross validator\n" + ADULT.replace("50K\n", "50K.\n")
AUTO_MPG = "".join(
    f"{number(1, 9, 46)}   {turn(i, '8', '4', '6')}   {number(1, 68, 455)}      {turn(i, '130.0', '165.0', '?', '97.00')}      "
    f'{whole(1613, 1660)}.      {number(1, 8, 24)}   {whole(70, 82)}  {turn(i, "1", "2", "3")}\t"car {i} of \'70"\n'
    for i in range(ROWS)
)
WINE_QUALITY = '"fixed acidity";"volatile acidity";"pH";"quality"\n' + lines(
    lambda i: [*numbers(3, 2), turn(i, "5", "6", "7")], sep=";"
)
GERMAN = "Größe;Gewicht;Klasse\r\n" + lines(
    lambda i: [number(2, 1, 2).replace(".", ","), number(1, 50, 99).replace(".", ","), turn(i, "groß", "klein")],
    sep=";",
).replace("\n", "\r\n")
MNIST = "label," + ",".join(f"{r}x{c}" for r in range(1, 4) for c in range(1, 4)) + "\n"
PIXELS = lines(lambda i: [turn(i, "5", "0", "4"), "0", *(whole(0, 255) for _ in range(7)), "0"])
TITANIC = "PassengerId,Survived,Pclass,Name,Sex,Age,Fare,Cabin,Embarked\n" + lines(
    lambda i: [
        str(i + 1), turn(i, "0", "1", "1"), whole(1, 3), f'"Braun, Mr. No. {i}"', turn(i, "male", "female"),
        turn(i, "22", "", "35", "0.42"), number(4), turn(i, "", "C85"), turn(i, "S", "C", "Q"),
    ]
)  # fmt: skip
BOSTON = "".join(
    f" {number(5)}  {whole(0, 90)}.00   {number(3)}  {turn(i, '0', '1')}  {number(4)}  {number(2, 5, 50)}\n"
    for i in range(ROWS)
)
PENGUINS = "species,island,bill_length_mm,body_mass_g,sex\n" + lines(
    lambda i: [
        turn(i, "Adelie", "Gentoo"), turn(i, "Biscoe", "Dream"), turn(i, "39.1", "NA", "40.3", "36.7"), turn(i, "3750", "3800"),
        turn(i, "male", "NA", "female"),
    ]
)  # fmt: skip
KAGGLE = "Id,MSSubClass,LotArea,SalePrice\n" + lines(
    lambda i: [str(i + 1), turn(i, "60", "20"), turn(i, "8450", "9600"), f"{100_000 + 317 * i}"]
)
OPTDIGITS = lines(lambda i: ["0", whole(0, 16), whole(0, 16), turn(i, "0", "7", "4")])
ABALONE = lines(lambda i: [turn(i, "M", "F", "I"), *numbers(7, 4), f"{1 + i}"])
CAR = lines(
    lambda i: [
        turn(i, "vhigh", "high"),
        turn(i, "2", "3", "5more"),
        turn(i, "low", "med"),
        turn(i, "unacc", "acc", "good"),
    ]
)
ENERGY = (
    "X1;X2;Y1;Y2;;\r\n"
    + lines(
        lambda i: [
            turn(i, "0,98", "0,90"),
            turn(i, "514,50", "563,5"),
            number(2).replace(".", ","),
            number(2).replace(".", ","),
            "",
            "",
        ],
        sep=";",
    ).replace("\n", "\r\n")
    + ";;;;;\r\n"
)
WISCONSIN = lines(lambda i: [str(1_000_025 + 77 * i), whole(1, 10), turn(i, "1", "10", "?"), turn(i, "2", "4")])
AIRFOIL = lines(lambda i: [turn(i, "800", "1000", "1250"), number(1), number(4), number(3, 100, 140)], sep="\t")
SEEDS = "".join(
    f"{number(2)}\t{number(2)}\t{chr(9) * (i % 5 == 0)}{number(3)}\t{turn(i, '1', '2', '3')}\n" for i in range(ROWS)
)
IONOSPHERE = lines(lambda i: ["1", "0", *numbers(3, 5), turn(i, "g", "b")])
ECOLI = "".join(f"P{i:05d}_ECOLI  {number(2)}  {number(2)}  0.48  {turn(i, 'cp', 'im', 'pp')}\n" for i in range(ROWS))
HABERMAN = lines(lambda i: [whole(30, 50), whole(58, 69), whole(0, 5), turn(i, "1", "2")])
YACHT = "".join(f"{turn(i, '-2.3', '-5')} {number(3)} {number(2)} {number(2)} \n" for i in range(ROWS)) + " \n"
GLASS = lines(lambda i: [str(i + 1), *numbers(4, 5), turn(i, "1", "2", "7")])
PIMA = "Pregnancies,Glucose,BMI,Outcome\n" + lines(lambda i: [whole(0, 9), whole(80, 90), number(1), turn(i, "1", "0")])
LETTERS = lines(lambda i: [turn(i, "T", "I", "D"), *(whole(0, 15) for _ in range(4))])
BANK = '"age";"job";"balance";"y"\n' + lines(
    lambda i: [whole(18, 30), turn(i, '"admin."', '"services"'), whole(-99, -90), turn(i, '"no"', '"yes"')], sep=";"
)
MTCARS = '"","mpg","cyl","am"\n' + lines(lambda i: [f'"Car {i}, RS"', number(1), turn(i, "6", "4"), turn(i, "0", "1")])
KOREAN = "지역,기온(°C),습도,날씨\n".replace("°", "도") + lines(
    lambda i: [turn(i, "서울", "부산"), number(1), number(0), turn(i, "맑음", "비")]
)
CONCRETE = (
    '"Cement (component 1)(kg in a m^3 mixture)","Age (day)","Concrete compressive strength(MPa, megapascals) "\n'
    + lines(lambda i: [turn(i, "540.0", "332.5"), turn(i, "28", "270"), number(2)])
)
SKLEARN = "24,4,setosa,versicolor,virginica\n" + lines(lambda i: [*numbers(4), turn(i, "0", "1", "2")])

THREE = ("1", "2", "3")
Step = tuple[dict[str, Any], str | dict[str, Any]]

LAYOUTS: list[tuple[str, str | bytes, Sequence[Step]]] = [
    ("iris.data", IRIS, [({}, {"classes": ("Iris-setosa", "Iris-versicolor", "Iris-virginica"), "n": 4, "remarks": ("no header",)})]),
    ("wine.data", WINE, [
        ({}, "a first column of 3 values (1, 2, 3); type dataset.label=0 for the first, dataset.label=-1 for the last"),
        ({"label": "0"}, {"classes": THREE, "n": 13}),
    ]),
    ("wdbc.data", WDBC, [
        ({}, "words in column 'column 1'"),
        ({"label": "1"}, "another whole number in every row of column 'column 0', as an id has; leave it out: 'dataset.drop=[0]'"),
        ({"label": "1", "drop": ("0",)}, {"classes": ("B", "M"), "n": 30}),
    ]),
    ("adult.data", ADULT, [
        ({}, "words in columns 'column 1', 'column 3' ('Private' in line 1); leave them out: 'dataset.drop=[1,3]'"),
        ({"drop": ("1", "3")}, {"classes": ("<=50K", ">50K"), "n": 4}),
    ]),
    ("adult.test", ADULT_TEST, [
        ({}, "in line 1 of 'adult.test', '|1x3 Cross validator'; if it is a comment: 'dataset.comment=|'"),
        ({"comment": "|", "drop": ("1", "3")}, {"classes": ("<=50K.", ">50K."), "n": 4}),
    ]),
    ("auto-mpg.data", AUTO_MPG, [
        ({"label": "0"}, "words in column 'column 8' (\"car 0 of '70\" in line 1); leave it out: 'dataset.drop=[8]'"),
        ({"label": "0", "drop": ("8",)}, "got '?' in line 3 of 'auto-mpg.data', column 'column 3' (6 of 24 rows); fill in what is right, or leave out the rows: dataset.dropna=true"),
        ({"label": "0", "drop": ("8",), "dropna": True}, {"classes": (), "n": 7, "m": 18}),
    ]),
    ("winequality-red.csv", WINE_QUALITY, [
        ({}, {"classes": ("5", "6", "7"), "features": ("fixed acidity", "volatile acidity", "pH")}),
        ({"task": "regression"}, {"classes": ()}),
    ]),
    ("messung.csv", GERMAN.encode("cp1252"), [
        ({}, "dataset.encoding=cp1252 ('Größe')"),
        ({"encoding": "cp1252"}, {"classes": ("groß", "klein"), "features": ("Größe", "Gewicht"), "remarks": ("separated by semicolons", "decimal comma", "cp1252")}),
    ]),
    ("mnist_train.csv", MNIST + PIXELS, [
        ({}, "got column 'label' and last of all '3x3'; type dataset.label=label or dataset.label=-1"),
        ({"label": "label"}, {"classes": ("0", "4", "5"), "n": 9}),
    ]),
    ("mnist_test.csv", PIXELS, [
        ({}, "got only '0'; if another column is the label, name it: dataset.label=NAME or a place such as 0"),
        ({"label": "0"}, {"classes": ("0", "4", "5"), "n": 9}),
    ]),
    ("titanic.csv", TITANIC, [
        ({"label": "Survived"}, "words in columns 'Name', 'Sex', 'Cabin', 'Embarked' ('Braun, Mr. No. 0' in line 2) and another whole number in every row of column 'PassengerId', as an id has; leave them out: 'dataset.drop=[PassengerId,Name,Sex,Cabin,Embarked]'"),
        ({"label": "Survived", "drop": ("PassengerId", "Name", "Sex", "Cabin", "Embarked")}, "column 'Age' (6 of 24 rows); fill in what is right, or leave out the rows: dataset.dropna=true, or the column: 'dataset.drop=[Age]'"),
        ({"label": "Survived", "usecols": ("Pclass", "Age", "Fare"), "dropna": True}, {"classes": ("0", "1"), "features": ("Pclass", "Age", "Fare"), "m": 18}),
    ]),
    ("housing.data", BOSTON, [({}, {"classes": (), "n": 5, "m": ROWS, "remarks": ("separated by blanks", "no header")})]),
    ("penguins.csv", PENGUINS, [
        ({}, "expected a label for every sample, got 'NA' in line 3"),
        ({"label": "species"}, "words in columns 'island', 'sex' ('Biscoe' in line 2); leave them out: 'dataset.drop=[island,sex]'"),
        ({"label": "species", "drop": ("island", "sex"), "dropna": True}, {"classes": ("Adelie", "Gentoo"), "n": 2, "m": 18}),
    ]),
    ("train.csv", KAGGLE, [
        ({}, "every row of column 'Id', as an id has; leave it out: 'dataset.drop=[Id]'"),
        ({"drop": ("Id",)}, {"classes": (), "features": ("MSSubClass", "LotArea")}),
    ]),
    ("optdigits.tra", OPTDIGITS, [({}, {"classes": ("0", "4", "7"), "n": 3})]),
    ("abalone.data", ABALONE, [
        ({}, "a first column of 3 values ('F', 'I', 'M'); type dataset.label=0 for the first, dataset.label=-1 for the last"),
        ({"label": "-1"}, "words in column 'column 0' ('M' in line 1); leave it out: 'dataset.drop=[0]'"),
        ({"label": "-1", "drop": ("0",)}, {"classes": (), "n": 7}),
    ]),
    ("car.data", CAR, [({}, "got words in columns 'column 0', 'column 2' ('vhigh' in line 1)")]),
    ("ENB2012_data.csv", ENERGY, [
        ({}, {"classes": (), "features": ("X1", "X2", "Y1"), "m": ROWS}),
        ({"label": "Y1", "drop": ("Y2",)}, {"features": ("X1", "X2")}),
    ]),
    ("breast-cancer-wisconsin.data", WISCONSIN, [
        ({}, "every row of column 'column 0', as an id has; leave it out: 'dataset.drop=[0]'"),
        ({"drop": ("0",)}, "got '?' in line 3 of 'breast-cancer-wisconsin.data', column 'column 2' (8 of 24 rows)"),
        ({"drop": ("0",), "dropna": True}, {"classes": ("2", "4"), "m": 16}),
    ]),
    ("airfoil_self_noise.dat", AIRFOIL, [({"label": "-1"}, {"classes": (), "n": 3, "remarks": ("separated by tabs", "no header")})]),
    ("seeds_dataset.txt", SEEDS, [({}, {"classes": THREE, "n": 3, "m": ROWS, "remarks": ("separated by blanks", "no header")})]),
    ("ionosphere.data", IONOSPHERE, [({}, {"classes": ("b", "g"), "n": 5})]),
    ("ecoli.data", ECOLI, [
        ({}, "words in column 'column 0' ('P00000_ECOLI' in line 1); leave it out: 'dataset.drop=[0]'"),
        ({"drop": ("0",)}, {"classes": ("cp", "im", "pp"), "n": 3}),
    ]),
    ("haberman.data", HABERMAN, [({}, {"classes": ("1", "2"), "n": 3})]),
    ("yacht_hydrodynamics.data", YACHT, [({}, {"classes": (), "n": 3, "m": ROWS})]),
    ("glass.data", GLASS, [
        ({}, "every row of column 'column 0', as an id has"),
        ({"drop": ("0",)}, {"classes": ("1", "2", "7"), "n": 4}),
    ]),
    ("diabetes.csv", PIMA, [({}, {"classes": ("0", "1"), "features": ("Pregnancies", "Glucose", "BMI")})]),
    ("letter-recognition.data", LETTERS, [
        ({}, "dataset.label=0"),
        ({"label": "0"}, {"classes": ("D", "I", "T"), "n": 4}),
    ]),
    ("bank-full.csv", BANK, [
        ({}, "words in column 'job' ('admin.' in line 2); leave it out: 'dataset.drop=[job]'"),
        ({"drop": ("job",)}, {"classes": ("no", "yes"), "features": ("age", "balance")}),
    ]),
    ("mtcars.csv", MTCARS, [({}, {"classes": ("0", "1"), "features": ("mpg", "cyl"), "remarks": ("without column 'column 0', which names the rows",)})]),
    ("날씨.csv", KOREAN.encode("cp949"), [
        ({}, "dataset.encoding="),
        ({"encoding": "cp949"}, "words in column '지역' ('서울' in line 2); leave it out: 'dataset.drop=[지역]'"),
        ({"encoding": "cp949", "drop": ("지역",)}, {"classes": ("맑음", "비"), "features": ("기온(도C)", "습도")}),
    ]),
    ("Concrete_Data.csv", CONCRETE, [({}, {"classes": (), "n": 2})]),
    ("sklearn/iris.csv", SKLEARN, [
        ({}, "dataset.header: expected to know whether line 1 of 'iris.csv' names the columns, got '24,4,setosa,versicolor,virginica'"),
        ({"header": True}, {"classes": ("0", "1", "2"), "n": 4}),
    ]),
]  # fmt: skip


@pytest.mark.parametrize(("name", "content", "steps"), LAYOUTS, ids=[layout[0] for layout in LAYOUTS])
def test_a_public_file_is_read_right_by_following_the_remedies(
    tmp_path: Path, name: str, content: str | bytes, steps: Sequence[Step]
) -> None:
    path = tmp_path / Path(name).name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    for said, expected in steps:
        if isinstance(expected, str):
            with pytest.raises(InputError) as refusal:
                read_samples(str(path), Reading(**said))
            assert expected in str(refusal.value)
            assert str(refusal.value).isprintable()
        else:
            samples = read_samples(str(path), Reading(**said))
            m, n = samples.X.shape
            found = {**samples._asdict(), "m": m, "n": n}
            assert {key: found[key] for key in expected} == expected
            assert samples.X.dtype == float


def test_there_are_at_least_fifteen_layouts() -> None:
    assert len({layout[0] for layout in LAYOUTS}) >= 15
