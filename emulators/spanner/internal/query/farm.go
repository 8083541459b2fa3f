package query

import (
	endian "encoding/binary"
	"math/bits"
)

// The 64-bit fingerprint of FarmHash, which FARM_FINGERPRINT is specified to be.
const (
	farmK0 = 0xc3a5c85c97cb3127
	farmK1 = 0xb492b66fbe98f273
	farmK2 = 0x9ae16a3b2f90404f
)

func fetch64(b []byte) uint64  { return endian.LittleEndian.Uint64(b) }
func fetch32(b []byte) uint64  { return uint64(endian.LittleEndian.Uint32(b)) }
func shiftMix(v uint64) uint64 { return v ^ v>>47 }

func rotateRight(v uint64, by int) uint64 { return bits.RotateLeft64(v, -by) }

func hashPair(u, v, mul uint64) uint64 {
	a := (u ^ v) * mul
	a ^= a >> 47
	b := (v ^ a) * mul
	b ^= b >> 47
	return b * mul
}

func farmFingerprint64(s []byte) uint64 {
	switch n := len(s); {
	case n <= 16:
		return farmTo16(s)
	case n <= 32:
		return farmTo32(s)
	case n <= 64:
		return farmTo64(s)
	}
	return farmLong(s)
}

func farmTo16(s []byte) uint64 {
	n := uint64(len(s))
	switch {
	case n >= 8:
		mul := farmK2 + n*2
		a := fetch64(s) + farmK2
		b := fetch64(s[n-8:])
		c := rotateRight(b, 37)*mul + a
		d := (rotateRight(a, 25) + b) * mul
		return hashPair(c, d, mul)
	case n >= 4:
		mul := farmK2 + n*2
		return hashPair(n+fetch32(s)<<3, fetch32(s[n-4:]), mul)
	case n > 0:
		y := uint64(s[0]) + uint64(s[n>>1])<<8
		z := n + uint64(s[n-1])<<2
		return shiftMix(y*farmK2^z*farmK0) * farmK2
	}
	return farmK2
}

func farmTo32(s []byte) uint64 {
	n := uint64(len(s))
	mul := farmK2 + n*2
	a := fetch64(s) * farmK1
	b := fetch64(s[8:])
	c := fetch64(s[n-8:]) * mul
	d := fetch64(s[n-16:]) * farmK2
	return hashPair(rotateRight(a+b, 43)+rotateRight(c, 30)+d, a+rotateRight(b+farmK2, 18)+c, mul)
}

func farmTo64(s []byte) uint64 {
	n := uint64(len(s))
	mul := farmK2 + n*2
	a := fetch64(s) * farmK2
	b := fetch64(s[8:])
	c := fetch64(s[n-8:]) * mul
	d := fetch64(s[n-16:]) * farmK2
	y := rotateRight(a+b, 43) + rotateRight(c, 30) + d
	z := hashPair(y, a+rotateRight(b+farmK2, 18)+c, mul)
	e := fetch64(s[16:]) * mul
	f := fetch64(s[24:])
	g := (y + fetch64(s[n-32:])) * mul
	h := (z + fetch64(s[n-24:])) * mul
	return hashPair(rotateRight(e+f, 43)+rotateRight(g, 30)+h, e+rotateRight(f+a, 18)+g, mul)
}

func weakHash32(s []byte, a, b uint64) (uint64, uint64) {
	w, x, y, z := fetch64(s), fetch64(s[8:]), fetch64(s[16:]), fetch64(s[24:])
	a += w
	b = rotateRight(b+a+z, 21)
	c := a
	a += x
	a += y
	b += rotateRight(a, 44)
	return a + z, b + c
}

func farmLong(s []byte) uint64 {
	const seed uint64 = 81
	n := len(s)
	k1 := uint64(farmK1) // a variable: the products wrap
	x := seed
	y := seed*k1 + 113
	z := shiftMix(y*farmK2+113) * farmK2
	var v0, v1, w0, w1 uint64
	x = x*farmK2 + fetch64(s)
	end := (n - 1) / 64 * 64
	last := s[end+((n-1)&63)-63:]
	for at := 0; at < end; at += 64 {
		p := s[at:]
		x = rotateRight(x+y+v0+fetch64(p[8:]), 37) * k1
		y = rotateRight(y+v1+fetch64(p[48:]), 42) * k1
		x ^= w1
		y += v0 + fetch64(p[40:])
		z = rotateRight(z+w0, 33) * k1
		v0, v1 = weakHash32(p, v1*k1, x+w0)
		w0, w1 = weakHash32(p[32:], z+w1, y+fetch64(p[16:]))
		z, x = x, z
	}
	mul := k1 + (z&0xff)<<1
	p := last
	w0 += uint64((n - 1) & 63)
	v0 += w0
	w0 += v0
	x = rotateRight(x+y+v0+fetch64(p[8:]), 37) * mul
	y = rotateRight(y+v1+fetch64(p[48:]), 42) * mul
	x ^= w1 * 9
	y += v0*9 + fetch64(p[40:])
	z = rotateRight(z+w0, 33) * mul
	v0, v1 = weakHash32(p, v1*mul, x+w0)
	w0, w1 = weakHash32(p[32:], z+w1, y+fetch64(p[16:]))
	z, x = x, z
	return hashPair(hashPair(v0, w0, mul)+shiftMix(y)*farmK0+z, hashPair(v1, w1, mul)+x, mul)
}
