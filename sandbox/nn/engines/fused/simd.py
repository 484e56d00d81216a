"""Vectors of float64 while code is generated: each operation on `Lanes` writes one LLVM instruction.

So a formula below reads as in NumPy, and runs in Python once, when the fused engine is compiled. Nothing is left to an
optimiser's taste: a result depends on its operands alone, never on where in an array they stood. That keeps equal units
equal, bit for bit.
"""

from collections.abc import Callable
from typing import Any

import llvmlite.binding as llvm  # type: ignore[import-untyped]  # ships no types
from llvmlite import ir
from numba.core.cgutils import get_or_insert_function

REGISTER = 8 if llvm.get_host_cpu_features().get("avx512f") else 4  # numbers in a register of this processor
WIDE = 4 * REGISTER  # numbers in hand at a time: enough independent work to hide an instruction's latency


BITS, FRACTION, BIAS = 64, 52, 1023  # of a number, of its fraction, and what is added to its exponent


class Lanes:
    """A vector that will exist when the code runs: `value` names it, `builder` takes down what is done with it."""

    def __init__(self, builder: Any, value: Any) -> None:
        self.builder, self.value = builder, value

    def same(self, x: "Lanes | float") -> "Lanes":
        """A vector like this one: x itself, or the number x in every lane."""
        kind = self.value.type
        return x if isinstance(x, Lanes) else Lanes(self.builder, ir.Constant(kind, [x] * kind.count))

    def __add__(self, x: "Lanes | float") -> "Lanes":
        return Lanes(self.builder, self.builder.fadd(self.value, self.same(x).value))

    def __sub__(self, x: "Lanes | float") -> "Lanes":
        return Lanes(self.builder, self.builder.fsub(self.value, self.same(x).value))

    def __mul__(self, x: "Lanes | float") -> "Lanes":
        return Lanes(self.builder, self.builder.fmul(self.value, self.same(x).value))

    def __truediv__(self, x: "Lanes | float") -> "Lanes":
        return Lanes(self.builder, self.builder.fdiv(self.value, self.same(x).value))

    def __radd__(self, x: float) -> "Lanes":
        return self.same(x) + self

    def __rsub__(self, x: float) -> "Lanes":
        return self.same(x) - self

    def __rmul__(self, x: float) -> "Lanes":
        return self.same(x) * self

    def __rtruediv__(self, x: float) -> "Lanes":
        return self.same(x) / self

    def __neg__(self) -> "Lanes":
        return Lanes(self.builder, self.builder.fneg(self.value))

    def with_bits(self, change: Callable[[Any, Any], Any]) -> "Lanes":
        """The vector whose bit patterns are change(builder, those of this one)."""
        bits = self.builder.bitcast(self.value, ir.VectorType(ir.IntType(BITS), self.value.type.count))
        return Lanes(self.builder, self.builder.bitcast(change(self.builder, bits), self.value.type))


def vector_type(width: int) -> Any:
    """LLVM's type of a vector."""
    return ir.VectorType(ir.DoubleType(), width)


def fma(x: Lanes, y: Lanes | float, z: Lanes | float) -> Lanes:
    """X y + z, rounded once where the processor can."""
    return _call("llvm.fmuladd", x, x.same(y), x.same(z))


def where_less(x: Lanes, y: Lanes | float, yes: Lanes | float, no: Lanes | float) -> Lanes:
    """`yes` where x < y, `no` elsewhere: also where one of them is NaN."""
    less = x.builder.fcmp_ordered("<", x.value, x.same(y).value)
    return Lanes(x.builder, x.builder.select(less, x.same(yes).value, x.same(no).value))


def at_least(limit: float, x: Lanes) -> Lanes:
    """max(x, limit), and NaN where x is."""
    return where_less(x, limit, limit, x)


def at_most(limit: float, x: Lanes) -> Lanes:
    """min(x, limit), and NaN where x is."""
    return where_less(x.same(limit), x, limit, x)


def magnitude(x: Lanes) -> Lanes:
    """|x|."""
    return x.with_bits(lambda builder, bits: builder.and_(bits, _pattern(2 ** (BITS - 1) - 1, bits)))


def with_sign_of(x: Lanes, y: Lanes) -> Lanes:
    """|x| with the sign of y."""
    return _call("llvm.copysign", x, y)


def power_of_two(t: Lanes) -> Lanes:
    """2^k from t = 1.5 2^52 + k: the last bits of t are the integer k, and become the exponent."""

    def change(builder: Any, bits: Any) -> Any:
        return builder.add(builder.shl(bits, _pattern(FRACTION, bits)), _pattern(BIAS << FRACTION, bits))

    return t.with_bits(change)


def polynomial(coefficients: tuple[float, ...], x: Lanes) -> Lanes:
    """c_0 + c_1 x + c_2 x^2 + .., by Horner's rule."""
    value = x.same(coefficients[-1])
    for c in reversed(coefficients[:-1]):
        value = fma(value, x, c)
    return value


def _pattern(bits: int, like: Any) -> Any:
    return ir.Constant(like.type, [bits] * like.type.count)


def _call(name: str, *operands: Lanes) -> Lanes:
    builder, kind = operands[0].builder, operands[0].value.type
    signature = ir.FunctionType(kind, [kind] * len(operands))
    function = get_or_insert_function(builder.module, signature, f"{name}.v{kind.count}f64")
    return Lanes(builder, builder.call(function, [x.value for x in operands]))
