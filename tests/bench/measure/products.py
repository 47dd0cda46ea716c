"""Tables of any number of products, of the same kinds as the portfolio's: the same bytes each time."""
import csv
import pathlib
import random

PORTFOLIO = pathlib.Path(__file__).resolve().parent.parent / "data" / "portfolio.csv"


def write(path, count):
    """Rows of the portfolio over and over, each under a name of its own and with its own size, price and speed."""
    with open(PORTFOLIO, newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    rng = random.Random(count)
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, rows[0].keys(), lineterminator="\n")
        writer.writeheader()
        for i in range(count):
            row = dict(rows[i % len(rows)], id=f"P{i + 1:06d}")
            for column, digits, low, high in (("patients", 2, 0.9, 1.1), ("list_price", 2, 0.9, 1.1), ("ramp_p90", 3, 1, 1.2),
                                              ("erosion_p90", 5, 1, 1.2), ("entry_lag_mean", 3, 0.95, 1.05), ("discount_mean", 4, 0.97, 1.03)):
                row[column] = f"{float(row[column]) * rng.uniform(low, high):.{digits}f}"
            writer.writerow(row)
    return path
