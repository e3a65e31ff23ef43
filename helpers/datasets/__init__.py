"""The real data of the course: one loader each, all without a network.

==========================  ==================================================
``reviews()``               short food reviews, great or not: text classification
``electricity_demand()``    half-hourly demand of Victoria in 2014: forecasting
``digits()``                small handwritten digits, read as sequences
``mnist()``                 larger handwritten digits, with 2 000 to test on
``spoken_digits()``         words as sound features: speech recognition
``characters()``            the text of the reviews, letter by letter
==========================  ==================================================

Every loader returns a frozen dataclass of read-only arrays, cut into the splits
``train``, ``validation`` and ``test`` by a rule that never depends on the seed
of the course: the split belongs to the data, the seed varies the training.
The data page of the appendix says where the data come from.
"""

from helpers.datasets.calendar import CALENDAR, calendar
from helpers.datasets.demand import Demand, electricity_demand, split_series
from helpers.datasets.digit_images import Digits, digits
from helpers.datasets.food_reviews import Reviews, reviews
from helpers.datasets.mnist_images import Images, mnist
from helpers.datasets.review_characters import Characters, characters
from helpers.datasets.spoken_recordings import SpokenDigits, spoken_digits
from helpers.datasets.windows import Windows, cut_windows

__all__ = [
    "CALENDAR",
    "Characters",
    "Demand",
    "Digits",
    "Images",
    "Reviews",
    "SpokenDigits",
    "Windows",
    "calendar",
    "characters",
    "cut_windows",
    "digits",
    "electricity_demand",
    "mnist",
    "reviews",
    "split_series",
    "spoken_digits",
]
