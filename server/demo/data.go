package demo

import (
	"fmt"
	"strings"
)

const peopleCSV = `Name,Country,Age
Alice,Germany,34
Bob,France,27
Chiara,Italy,45
Daan,Netherlands,19
Elif,Türkiye,52
Finn,Ireland,38
`

// peopleMeanAge is the mean of the ages in peopleCSV.
const peopleMeanAge = (34 + 27 + 45 + 19 + 52 + 38) / 6.0

// regions are those of the sales, in order.
var regions = [...]string{"East", "North", "South", "West"}

// sales returns a table of sales over a year and the total of each region.
func sales() (csv string, totals map[string]int) {
	products := [...]string{"Chair", "Desk", "Lamp"}
	totals = make(map[string]int)
	var b strings.Builder
	b.WriteString("month,region,product,units,price\n")
	for month := 1; month <= 12; month++ {
		for r, region := range regions {
			for p, product := range products {
				units, price := 5+(month*7+r*11+p*3)%23, 40+60*p
				totals[region] += units * price
				fmt.Fprintf(&b, "2025-%02d,%s,%s,%d,%d\n", month, region, product, units, price)
			}
		}
	}
	return b.String(), totals
}
