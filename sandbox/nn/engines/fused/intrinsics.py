"""The vectors of `simd` as a numba type, and what the compiled trainer can do with them.

A wide vector is four registers: consecutive samples of one row, or one register from each of four rows.
"""

import operator
from collections.abc import Callable, Sequence
from typing import Any

from llvmlite import ir  # type: ignore[import-untyped]  # ships no types
from numba import types
from numba.extending import intrinsic, lower_builtin, models, register_model, type_callable

from sandbox.nn.engines.fused import simd
from sandbox.nn.engines.fused.functions import HIDDEN, OUTPUT, exp
from sandbox.nn.engines.fused.simd import REGISTER, WIDE, Lanes, vector_type

BYTES = simd.BITS // 8  # of a number, wherever in an array it stands
Results = Lanes | tuple[Lanes, ...]


class Vector(types.Type):  # type: ignore[misc]  # numba's types are unknown to the checker
    """The type of `width` numbers that are computed together."""

    def __init__(self, width: int) -> None:
        self.width = width
        super().__init__(name=f"Vector({width})")


@register_model(Vector)
class _VectorModel(models.PrimitiveModel):  # type: ignore[misc]
    def __init__(self, manager: Any, vector: Vector) -> None:
        super().__init__(manager, vector, vector_type(vector.width))


ONE_REGISTER, FOUR_REGISTERS = Vector(REGISTER), Vector(WIDE)


def _arithmetic(symbol: Callable[[Any, Any], Any]) -> None:
    @type_callable(symbol)
    def typed(context: Any) -> Any:
        return lambda x, y: x if isinstance(x, Vector) and x == y else None

    @lower_builtin(symbol, Vector, Vector)
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return symbol(*(Lanes(builder, x) for x in arguments)).value


for symbol in (operator.add, operator.sub, operator.mul, operator.truediv):
    _arithmetic(symbol)


def _splat(builder: Any, x: Any, width: int) -> Lanes:
    undefined = ir.Constant(ir.VectorType(x.type, width), ir.Undefined)
    first = builder.insert_element(undefined, x, ir.Constant(ir.IntType(32), 0))
    return Lanes(builder, _shuffle(builder, first, first, [0] * width))


def _as_lanes(builder: Any, x: Any, width: int) -> Lanes:
    return Lanes(builder, x) if isinstance(x.type, ir.VectorType) else _splat(builder, x, width)


def _shuffle(builder: Any, x: Any, y: Any, order: list[int]) -> Any:
    return builder.shuffle_vector(x, y, ir.Constant(ir.VectorType(ir.IntType(32), len(order)), order))


def _sums(builder: Any, x: Any, count: int) -> Any:
    """Neighbours added until `count` numbers are left: the same tree for the one row of a register as for four rows."""
    while x.type.count > count:
        even, odd = (_shuffle(builder, x, x, list(range(first, x.type.count, 2))) for first in (0, 1))
        x = builder.fadd(even, odd)
    return x


def _address(context: Any, builder: Any, signature: Any, array: Any, index: Any) -> Any:
    return builder.gep(context.make_array(signature.args[0])(context, builder, array).data, [index])


def _load(context: Any, builder: Any, signature: Any, array: Any, index: Any, width: int) -> Any:
    address = _address(context, builder, signature, array, index)
    return builder.load(builder.bitcast(address, vector_type(width).as_pointer()), align=BYTES)


@intrinsic
def splat(typing_context: Any, x: Any) -> Any:
    """The number x in every lane of a wide vector."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return _splat(builder, arguments[0], WIDE).value

    return FOUR_REGISTERS(x), generate


@intrinsic
def fma(typing_context: Any, x: Any, y: Any, z: Any) -> Any:
    """The sum x y + z, rounded once where the processor can; x may be a number."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        width = signature.return_type.width
        return simd.fma(*(_as_lanes(builder, argument, width) for argument in arguments)).value

    return y(x, y, z), generate


@intrinsic
def load(typing_context: Any, array: Any, i: Any) -> Any:
    """A wide vector: the numbers of a one-dimensional array from index i on."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return _load(context, builder, signature, arguments[0], arguments[1], WIDE)

    return FOUR_REGISTERS(array, types.uintp), generate


@intrinsic
def load_register(typing_context: Any, array: Any, i: Any) -> Any:
    """One register, from index i on."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return _load(context, builder, signature, arguments[0], arguments[1], REGISTER)

    return ONE_REGISTER(array, types.uintp), generate


@intrinsic
def load_repeated(typing_context: Any, array: Any, i: Any) -> Any:
    """One register, from index i on, four times over."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        row = _load(context, builder, signature, arguments[0], arguments[1], REGISTER)
        return _shuffle(builder, row, row, list(range(REGISTER)) * 4)

    return FOUR_REGISTERS(array, types.uintp), generate


@intrinsic
def load_rows(typing_context: Any, array: Any, i: Any, stride: Any) -> Any:
    """One register from each of four rows: from the indices i, i + stride, ... on."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        array, index, stride = arguments
        rows = []
        for _ in range(4):
            rows.append(_load(context, builder, signature, array, index, REGISTER))
            index = builder.add(index, stride)
        low, high = (_shuffle(builder, x, y, list(range(2 * REGISTER))) for x, y in (rows[:2], rows[2:]))
        return _shuffle(builder, low, high, list(range(WIDE)))

    return FOUR_REGISTERS(array, types.uintp, types.uintp), generate


@intrinsic
def store(typing_context: Any, array: Any, i: Any, x: Any) -> Any:
    """Write x into a one-dimensional array from index i on."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        array, index, x = arguments
        address = _address(context, builder, signature, array, index)
        builder.store(x, builder.bitcast(address, x.type.as_pointer()), align=BYTES)
        return context.get_dummy_value()

    return types.void(array, types.uintp, x), generate


@intrinsic
def add_row_sums(typing_context: Any, array: Any, i: Any, stride: Any, x: Any) -> Any:
    """Add the sums of the four rows in x to the numbers at i, i + stride, ..."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        array, index, stride, x = arguments
        sums = _sums(builder, x, 4)
        for row in range(4):
            address = _address(context, builder, signature, array, index)
            term = builder.extract_element(sums, ir.Constant(ir.IntType(32), row))
            builder.store(builder.fadd(builder.load(address), term), address)
            index = builder.add(index, stride)
        return context.get_dummy_value()

    return types.void(array, types.uintp, types.uintp, x), generate


@intrinsic
def row_sum(typing_context: Any, x: Any) -> Any:
    """The sum of a vector that is all of one row."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.extract_element(_sums(builder, arguments[0], 1), ir.Constant(ir.IntType(32), 0))

    return types.float64(x), generate


@intrinsic
def exponential(typing_context: Any, x: Any) -> Any:
    """e^x."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return exp(Lanes(builder, arguments[0])).value

    return x(x), generate


@intrinsic
def maximum(typing_context: Any, x: Any, y: Any) -> Any:
    """The larger one, and NaN where x is."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        x, y = (Lanes(builder, v) for v in arguments)
        return simd.where_less(x, y, y, x).value

    return x(x, y), generate


@intrinsic
def hidden(typing_context: Any, code: Any, z: Any) -> Any:
    """(a, slope) of the hidden activation that stands at `code` in its table."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        both = _chosen(builder, arguments[0], list(HIDDEN.values()), [Lanes(builder, arguments[1])])
        return context.make_tuple(builder, signature.return_type, both)

    return types.UniTuple(z, 2)(types.int64, z), generate


@intrinsic
def output(typing_context: Any, code: Any, z: Any, y: Any) -> Any:
    """The dz of the output that stands at `code` in its table."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        (dz,) = _chosen(builder, arguments[0], list(OUTPUT.values()), [Lanes(builder, x) for x in arguments[1:]])
        return dz

    return z(types.int64, z, y), generate


def _chosen(builder: Any, code: Any, functions: Sequence[Callable[..., Results]], operands: list[Lanes]) -> list[Any]:
    """What the function number `code` makes of the operands: a jump to its instructions, and on to a common end."""
    blocks = [builder.append_basic_block("function") for _ in functions]
    end = builder.append_basic_block("end")
    switch = builder.switch(code, blocks[-1])
    ways = []
    for i, (function, block) in enumerate(zip(functions, blocks, strict=True)):
        switch.add_case(i, block)
        builder.position_at_end(block)
        results = function(*operands)
        ways.append(([results] if isinstance(results, Lanes) else results, builder.block))
        builder.branch(end)
    builder.position_at_end(end)
    return [_merged(builder, [(results[i], block) for results, block in ways]) for i in range(len(ways[0][0]))]


def _merged(builder: Any, ways: list[tuple[Lanes, Any]]) -> Any:
    """The value of the way on which we came."""
    merged = builder.phi(ways[0][0].value.type)
    for result, block in ways:
        merged.add_incoming(result.value, block)
    return merged
