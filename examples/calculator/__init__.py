"""A pocket calculator: the browser has the keys, the server calculates."""

from fractions import Fraction
from operator import add, mul, sub, truediv
from typing import Literal

from livewidget import LiveElement, LiveError, expose

Key = Literal[
    "0", "1", "2", "3", "4", "5", "6", "7", "8", "9", ".", "+", "-", "*", "/", "=", "C", "Backspace"
]  # fmt: skip
# Each operation takes the number so far and the one that was typed.
SUMS = {"=": lambda _, typed: typed, "+": add, "-": sub, "*": mul, "/": truediv}
MOST_DIGITS = 12
LARGEST = 10**100


class CalculatorElement(LiveElement):
    """A calculator for one page. Fractions keep it exact: 1 / 3 * 3 is 1."""

    template = "template.html"
    jsClass = "Calculator.CalculatorWidget"
    cssModule = "Calculator"

    def __init__(self):
        self.number, self.sign, self.typed = Fraction(0), "=", ""

    @property
    def display(self):
        """Return the number that is being typed, or the result so far, with 12 digits."""
        return self.typed or f"{float(self.number):.12g}"

    @expose
    def press(self, key: Key):
        """Handle a key, and return the text of the display. An error changes nothing."""
        if key == "C":
            self.number, self.sign, self.typed = Fraction(0), "=", ""
        elif key == "Backspace":
            self.typed = self.typed[:-1]
        elif key in SUMS:
            self.calculate()
            self.sign = key
        elif key != "." or "." not in self.typed:
            whole, point, rest = (self.typed + key).partition(".")
            if len(whole + rest) > MOST_DIGITS:
                raise LiveError(f"A number has at most {MOST_DIGITS} digits here.")
            self.typed = (whole.lstrip("0") or "0") + point + rest
        return self.display

    def calculate(self):
        """Apply the pending operation, if a number was typed for it."""
        if self.typed:
            typed = Fraction(self.typed)
            if self.sign == "/" and typed == 0:
                raise LiveError("Nothing can be divided by zero.")
            number = SUMS[self.sign](self.number, typed)
            if max(abs(number.numerator), number.denominator) > LARGEST:
                raise LiveError("This number is too long for me.")
            self.number, self.typed = number, ""
