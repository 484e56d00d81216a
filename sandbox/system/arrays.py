"""The one type that all mathematics here speaks of."""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
